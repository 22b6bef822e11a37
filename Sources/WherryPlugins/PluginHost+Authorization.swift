import WherryEngine
import WherryLinux
package import WherryModel
import WherryRPC
package import WherryWire

extension PluginHost {
  /// A caller waits for it with every call.
  static let authorizationDeadline = Duration.seconds(5)

  /// Why one of `plugins` does not allow a call; nil where all do. One that cannot be asked allows nothing.
  package func refusal(
    of request: AuthorizationRequestParams, by plugins: [String]
  ) async throws -> WherryError? {
    for name in plugins {
      do {
        let description = try await link(to: name).description
        guard description.capabilities.contains(.authorization) else {
          return Self.closed(name, request, "it does no authorization")
        }
        if let methods = description.methods, !methods.contains(request.method) { continue }
        let answer = try await call(name, "authorize", deadline: Self.authorizationDeadline) {
          calls, deadline in
          try await calls.authorizationRequest(request, deadline: deadline)
        }
        guard answer.allowed else { return Self.denied(name, request, answer.message) }
      } catch {
        if error is CancellationError { throw error }
        return Self.closed(name, request, WherryError.wrapping(error).message)
      }
    }
    return nil
  }

  private static func denied(
    _ name: String, _ request: AuthorizationRequestParams, _ message: String?
  ) -> WherryError {
    let reason = message.map { ": " + Printable.text($0, limit: 500) } ?? ""
    return WherryError(
      .permissionDenied, "authorization denied by plugin \(name)\(reason)",
      hint: "ask an administrator of this device", details: ["plugin": name, "method": request.method])
  }

  private static func closed(
    _ name: String, _ request: AuthorizationRequestParams, _ reason: String
  ) -> WherryError {
    WherryError(
      .permissionDenied,
      "\(request.method) is not allowed: authorization plugin \(name) cannot be asked: \(reason)",
      hint:
        "mend the plugin, or take it out of authorization-plugins in daemon.json and restart wherry.service",
      details: ["plugin": name, "method": request.method])
  }
}
