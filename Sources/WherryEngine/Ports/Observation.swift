package import WherryModel

/// How a container is, as its supervisor sees it now.
package enum Observation: Sendable, Equatable {
  /// Nothing known: never started, cleaned up, or the machine has booted since.
  case absent
  case running(pid: Int32, startedAt: Timestamp, restartCount: UInt64)
  /// Down, waiting for its policy to start it again.
  case restarting(last: Exit, restartCount: UInt64)
  case exited(Exit, restartCount: UInt64)
}

/// How a process ended.
package struct Exit: Sendable, Equatable {
  /// The process's own code, or 128 + the signal that ended it.
  package var code: UInt8
  package var startedAt: Timestamp?
  package var finishedAt: Timestamp
  package var outOfMemory: Bool
  /// Why it could not be started at all.
  package var error: String?
  /// The events tell of it already.
  package var isTold = false

  package init(
    code: UInt8, startedAt: Timestamp?, finishedAt: Timestamp, outOfMemory: Bool = false, error: String? = nil
  ) {
    self.code = code
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.outOfMemory = outOfMemory
    self.error = error
  }
}
