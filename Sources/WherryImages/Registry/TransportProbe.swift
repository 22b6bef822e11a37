import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import WherryModel

/// Whether a registry that may be spoken to without TLS has TLS after all.
enum TransportProbe {
  /// Plain first: a server with TLS answers a plain request at once with status 400 or by hanging up, while a plain
  /// server may wait for ever for the end of a TLS greeting. Nothing secret is sent.
  static func settle(_ rules: TransportRules, _ http: HTTPAccess, _ limits: RegistryLimits) async
    -> TransportRules
  {
    guard !rules.registry.isSecure else { return rules }
    let answer = await status(rules.registry, http, limits)
    if let answer, answer != 400 { return rules }
    var secure = rules
    secure.registry.isSecure = true
    if rules.registry.port == 80 { secure.registry.port = 443 }
    // With 400 it has TLS for sure: if that fails, its failure is what there is to say.
    if answer == 400 { return secure }
    return await status(secure.registry, http, limits) == nil ? rules : secure
  }

  /// Of `GET /v2/`; nil where there is no answer. The pull's own request says why.
  private static func status(
    _ origin: RegistryURL.Origin, _ http: HTTPAccess, _ limits: RegistryLimits
  ) async -> UInt? {
    let request = HTTPClientRequest(url: RegistryURL(origin: origin, target: "/v2/").description)
    do {
      let deadline = NIODeadline.now() + .nanoseconds(limits.idle.wholeNanoseconds)
      return try await http.execute(request, to: origin, deadline: deadline).status.code
    } catch {
      return nil
    }
  }
}
