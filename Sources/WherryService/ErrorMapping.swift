import WherryCBOR
import WherryLinux
package import WherryModel

/// The one table from what the modules throw to what a caller sees.
package enum ErrorMapping {
  package static func wherryError(_ error: any Error) -> WherryError {
    switch error {
    case let error as WherryError: error
    case let error as SystemError: WherryError(error)
    case let error as CBORError:
      WherryError(.invalidArgument, "malformed message: \(error)", cause: error)
    case is CancellationError: WherryError(.cancelled, "the call was cancelled", cause: error)
    default:
      WherryError(.internal, "internal error: \(error)", hint: "this is a fault of Wherry", cause: error)
    }
  }
}
