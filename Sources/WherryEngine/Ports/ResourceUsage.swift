package import WherryModel

/// What a container has used since it was started. Nil: the kernel does not account for it here.
package struct ResourceUsage: Sendable, Equatable {
  /// Nanoseconds of all CPUs together.
  package var processorTime: UInt64?
  /// Bytes, without file pages that the kernel could drop at once.
  package var memory: UInt64?
  /// Bytes; the device's memory where there is no limit.
  package var memoryLimit: UInt64?
  package var received: UInt64?
  package var sent: UInt64?
  package var read: UInt64?
  package var written: UInt64?
  /// Threads included.
  package var processes: UInt64?

  package init() {}
}

/// A process of a container, as the device sees it.
package struct ProcessEntry: Sendable, Equatable {
  package var pid: Int32
  package var parent: Int32
  package var uid: UInt32
  package var startedAt: Timestamp
  /// Nanoseconds.
  package var processorTime: UInt64
  /// As ps(1) names it; `?` for none.
  package var terminal: String
  package var command: String
  package var user: String?

  package init(
    pid: Int32, parent: Int32, uid: UInt32, startedAt: Timestamp, processorTime: UInt64, terminal: String,
    command: String, user: String?
  ) {
    self.pid = pid
    self.parent = parent
    self.uid = uid
    self.startedAt = startedAt
    self.processorTime = processorTime
    self.terminal = terminal
    self.command = command
    self.user = user
  }
}
