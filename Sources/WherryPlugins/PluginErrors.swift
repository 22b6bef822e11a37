import WherryEngine
import WherryLinux
import WherryModel

/// What a caller is told of a plugin that failed. What the plugin says is shown, and bounded.
enum PluginErrors {
  static func failure(
    _ name: String, _ what: String, _ error: any Error, ended: ExitStatus? = nil
  ) -> any Error {
    if error is CancellationError { return error }
    let failure = WherryError.wrapping(error)
    if failure.message.hasPrefix("plugin \(name):") { return failure }
    var reason = Printable.text(failure.message, limit: 500)
    switch failure.code {
    case .deadlineExceeded: reason = "it does not answer in time"
    case .unavailable where ended != nil: reason = "it is gone: \(ended.map { "\($0)" } ?? "")"
    default: break
    }
    return WherryError(
      code(failure.code), "plugin \(name): \(what): \(reason)",
      hint: failure.hint.map { Printable.text($0, limit: 300) }
        ?? "what it prints is in the journal: journalctl -u wherry.service",
      details: ["plugin": name], cause: failure)
  }

  /// A plugin's own codes do not become the engine's: `notFound` says here that there is no such plugin.
  private static func code(_ code: WherryError.Code) -> WherryError.Code {
    switch code {
    case .invalidArgument, .conflict, .permissionDenied, .unavailable, .deadlineExceeded, .noSpace,
      .resourceExhausted, .unsupported:
      code
    default: .failedPrecondition
    }
  }
}
