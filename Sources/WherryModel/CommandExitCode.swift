extension WherryError.Code {
  /// What Docker exits with for a command that could not be run: 127 where there is none of that name, 126 where it
  /// cannot be executed. Nil for every other failure.
  package var commandExitCode: UInt8? {
    switch self {
    case .commandNotFound: 127
    case .commandNotExecutable: 126
    default: nil
    }
  }
}
