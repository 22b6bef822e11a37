import Synchronization
import WherryModel

/// What services tell the engine's own task.
final class Notices: Sendable {
  enum Notice: Sendable {
    case started(ContainerID)
    case exited(ContainerID)
    /// Its root is to be unmounted, unless it is started again first.
    case down(ContainerID)
  }

  let stream: AsyncStream<Notice>
  private let continuation: AsyncStream<Notice>.Continuation

  init() {
    // Losing one would lose a container's end; their number is bounded by the containers and calls there are.
    (stream, continuation) = AsyncStream.makeStream(of: Notice.self, bufferingPolicy: .unbounded)
  }

  func send(_ notice: Notice) { continuation.yield(notice) }
}

/// The containers that have a watcher. A start while the watcher of the last run is still busy is remembered.
final class WatchedContainers: Sendable {
  private let entries = Mutex<[ContainerID: Bool]>([:])

  /// False where there is a watcher, which then watches once more.
  func insert(_ id: ContainerID) -> Bool {
    entries.withLock { entries in
      if entries[id] != nil {
        entries[id] = true
        return false
      }
      entries[id] = false
      return true
    }
  }

  /// True where it was started again meanwhile; else the watcher is gone.
  func leave(_ id: ContainerID) -> Bool {
    entries.withLock { entries in
      if entries[id] == true {
        entries[id] = false
        return true
      }
      entries[id] = nil
      return false
    }
  }
}
