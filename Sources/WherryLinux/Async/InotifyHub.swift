import CWherryLinux
import Glibc
import Synchronization

/// The one inotify instance of the process, for as long as something is watched.
final class InotifyHub: Sendable {
  static let shared = InotifyHub()

  /// One watched file or folder, and who asked for what of it.
  private struct Watched {
    var subscribers: [ObjectIdentifier: (queue: EventQueue, path: String, changes: FileWatch.Changes)] = [:]
  }

  private struct State {
    var reader: AsyncReader?
    var pump: Task<Void, Never>?
    var watched: [Int32: Watched] = [:]
  }

  private let state = Mutex(State())

  func subscribe(_ paths: [String], _ changes: FileWatch.Changes) throws(SystemError) -> EventQueue {
    let queue = EventQueue()
    do throws(SystemError) {
      try state.withLock { state throws(SystemError) in
        let instance = try start(&state)
        for path in paths {
          // Others may watch the same file for other changes: the masks add up.
          let number = try systemCall("watch", path: path) {
            inotify_add_watch(instance, $0, changes.rawValue | UInt32(IN_DONT_FOLLOW) | UInt32(IN_MASK_ADD))
          }
          state.watched[number, default: Watched()].subscribers[ObjectIdentifier(queue)] =
            (queue, path, changes)
        }
      }
    } catch {
      unsubscribe(queue)
      throw error
    }
    return queue
  }

  func unsubscribe(_ queue: EventQueue) {
    let id = ObjectIdentifier(queue)
    // Closed after the lock is released.
    var last: AsyncReader?
    state.withLock { state in
      for (number, var watched) in state.watched where watched.subscribers.removeValue(forKey: id) != nil {
        if !watched.subscribers.isEmpty {
          state.watched[number] = watched
        } else {
          state.watched[number] = nil
          if let reader = state.reader { inotify_rm_watch(reader.rawValue, number) }
        }
      }
      guard state.watched.isEmpty else { return }
      state.pump?.cancel()
      last = state.reader
      state.pump = nil
      state.reader = nil
    }
    _ = consume last
  }

  private func start(_ state: inout State) throws(SystemError) -> Int32 {
    if let reader = state.reader { return reader.rawValue }
    let reader = try AsyncReader(
      FileDescriptor(
        owning: try systemCall("make", "inotify descriptor") {
          inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        }))
    state.reader = reader
    state.pump = Task { await self.pump(reader) }
    return reader.rawValue
  }

  private func pump(_ reader: AsyncReader) async {
    do {
      while true { dispatch(try await reader.read(maximum: 16 << 10), of: reader) }
    } catch is CancellationError {
      return
    } catch {
      let error =
        error as? SystemError ?? SystemError(errno: EIO, "read", "inotify descriptor")
      for queue in queues(of: reader) { queue.fail(error) }
    }
  }

  /// Those of `reader`'s own: a newer instance counts its watches from one again.
  private func queues(of reader: AsyncReader) -> [EventQueue] {
    state.withLock { state in
      guard state.reader === reader else { return [] }
      return state.watched.values.flatMap { $0.subscribers.values.map(\.queue) }
    }
  }

  private func dispatch(_ bytes: [UInt8], of reader: AsyncReader) {
    for record in InotifyRecord.parse(bytes) {
      if record.changes.contains(.overflow) {
        for queue in queues(of: reader) { queue.append(.overflow) }
        continue
      }
      let receivers = state.withLock { state -> [(EventQueue, String)] in
        guard state.reader === reader, let watched = state.watched[record.watch] else { return [] }
        if record.changes.contains(.ignored) { state.watched[record.watch] = nil }
        return watched.subscribers.values.filter {
          record.changes.contains(.ignored) || !record.changes.isDisjoint(with: $0.changes)
        }.map { ($0.queue, $0.path) }
      }
      for (queue, path) in receivers {
        queue.append(FileWatch.Event(path: path, name: record.name, changes: record.changes))
      }
    }
  }
}
