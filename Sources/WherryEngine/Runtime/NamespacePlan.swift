/// What of a container's namespaces is not simply its own.
package struct NamespacePlan: Sendable, Equatable {
  package enum SharedMemory: Sendable, Equatable {
    case own
    case none
    /// A folder of the device that is bound there.
    case bound(String)
  }

  /// Paths of namespaces to join, by `pid`, `ipc` and `net`.
  package var joined: [String: String] = [:]
  /// /dev/shm.
  package var sharedMemory = SharedMemory.own

  package init() {}
}
