import AsyncHTTPClient
import NIOCore
import NIOPosix
import WherryLinux
import WherryModel
import WherryOCI

/// What failures of a registry are called.
enum RegistryFailure {
  /// Whether trying again may help.
  static func isTransient(_ error: any Error) -> Bool {
    guard let error = error as? WherryError else { return false }
    return error.code == .unavailable
  }

  static func unauthorized(_ client: RegistryClient) -> WherryError {
    if client.repository.isEmpty { return loginFailed(client) }
    let registry = client.rules.registry.name
    return WherryError(
      .unauthorized, "registry \(registry) denied access to \(client.repository)",
      hint: client.hasCredential
        ? "the credentials for \(registry) do not allow it, or there is no such repository"
        : "there is no such repository, or it needs credentials: wherry login \(registry), or "
          + "\(RegistrySettings.defaultAuthFile) on the device")
  }

  static func loginFailed(_ client: RegistryClient) -> WherryError {
    WherryError(
      .unauthorized, "registry \(client.rules.registry.name) does not take this user and password",
      hint: "check both; some registries want a token instead of the password")
  }

  /// `path` is what was asked of the repository: `manifests/TAG`, `blobs/DIGEST`.
  static func error(
    _ answer: RegistryClient.Answer, _ client: RegistryClient, path: String? = nil
  ) async -> WherryError {
    let host = answer.url.origin.name
    let said = await message(answer, client)
    switch answer.status {
    case 401, 403: return unauthorized(client)
    case 404: return WherryError(.notFound, "registry \(host): \(subject(path, client)) not found\(said)")
    case 429:
      return WherryError(
        .unavailable, "registry \(host) refused: too many requests\(said)", hint: "try again later")
    case 500...:
      return WherryError(.unavailable, "registry \(host) failed with status \(answer.status)\(said)")
    default:
      return WherryError(
        .protocolViolation, "registry \(host) answered with status \(answer.status)\(said)")
    }
  }

  private static func subject(_ path: String?, _ client: RegistryClient) -> String {
    guard let path, let name = path.split(separator: "/").last else { return client.repository }
    if path.hasPrefix("blobs/") { return "blob \(name) of \(client.repository)" }
    return "\(client.repository)\(name.contains(":") ? "@" : ":")\(name)"
  }

  static func error(_ error: any Error, peer: String) -> WherryError {
    if let error = error as? WherryError { return error }
    if let error = error as? HTTPClientError {
      switch error {
      case .deadlineExceeded, .readTimeout:
        return WherryError(.deadlineExceeded, "registry \(peer) did not answer in time", cause: error)
      case .connectTimeout:
        return WherryError(.unavailable, "connect to registry \(peer): timed out", cause: error)
      default: break
      }
    }
    return WherryError(
      .unavailable, "registry \(peer): \(reason(error))",
      hint: "check its name and the network; a registry without TLS must be listed as insecure", cause: error)
  }

  /// Of a failed connection the last attempt's reason: the others are the same host's other addresses.
  private static func reason(_ error: any Error) -> String {
    switch error {
    case let error as NIOConnectionError:
      if let last = error.connectionErrors.last { return reason(last.error) }
      if let lookup = error.dnsAError ?? error.dnsAAAAError {
        return "\(error.host) is unknown: \(plain("\(lookup)"))"
      }
      return "no connection"
    case let error as IOError: return SystemError(errno: error.errnoCode, "connect", "").reason
    default: return plain(String(describing: error))
    }
  }

  /// The first message of an error document (distribution-spec, "Error codes").
  private static func message(_ answer: RegistryClient.Answer, _ client: RegistryClient) async -> String {
    struct Document: Decodable {
      struct Item: Decodable {
        var code: String?
        var message: String?
      }
      var errors: [Item]?
    }
    do {
      let bytes = try await client.body(of: answer, maximum: client.limits.smallBytes, what: "error")
      let document = try StrictJSON.decode(Document.self, from: bytes, what: "error")
      guard let text = document.errors?.first?.message else { return "" }
      return ": \(plain(text))"
    } catch {
      // The status alone says enough.
      return ""
    }
  }

  /// One short line without control characters: it may end up on a terminal.
  static func plain(_ text: String) -> String {
    let scalars = text.unicodeScalars.prefix(300).map { scalar in
      scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value) ? " " : String(Character(scalar))
    }
    return scalars.joined()
  }
}
