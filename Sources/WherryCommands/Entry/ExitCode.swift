import WherryModel

/// Docker's exit codes.
enum ExitCodes {
  /// `failure` is the verb's own for what has no better one.
  static func code(of error: any Error, failure: Int32) -> Int32 {
    switch error {
    case let error as UsageError: error.exitCode
    case let error as WherryError where failure == 125: error.code.commandExitCode.map(Int32.init) ?? failure
    default: failure
    }
  }

  /// A process's code is a byte; a peer that says otherwise is not believed.
  static func process(_ code: UInt64?) -> Int32 {
    Int32(UInt8(exactly: code ?? 0) ?? 255)
  }
}
