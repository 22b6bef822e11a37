import Glibc

/// Changes of files and folders, inotify(7), as a sequence for one reader.
///
/// All watches of a process share one inotify instance: a user may have no more than 128 of them by default
/// (`fs.inotify.max_user_instances`). What a reader has not fetched is kept for it, up to a bound; then `overflow` is
/// said instead: look at everything again.
package struct FileWatch: AsyncSequence, Sendable {
  package struct Event: Sendable, Equatable {
    /// As it was passed in; empty on overflow.
    package var path: String
    /// The entry's name where `path` is a folder.
    package var name: String
    package var changes: Changes

    static let overflow = Event(path: "", name: "", changes: .overflow)
  }

  package struct Changes: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
      self.rawValue = rawValue
    }

    package static let modified = Self(rawValue: UInt32(IN_MODIFY))
    package static let attributes = Self(rawValue: UInt32(IN_ATTRIB))
    package static let writtenAndClosed = Self(rawValue: UInt32(IN_CLOSE_WRITE))
    package static let created = Self(rawValue: UInt32(IN_CREATE))
    package static let deleted = Self(rawValue: UInt32(IN_DELETE))
    package static let movedIn = Self(rawValue: UInt32(IN_MOVED_TO))
    package static let movedOut = Self(rawValue: UInt32(IN_MOVED_FROM))
    package static let selfDeleted = Self(rawValue: UInt32(IN_DELETE_SELF))
    package static let selfMoved = Self(rawValue: UInt32(IN_MOVE_SELF))
    package static let overflow = Self(rawValue: UInt32(IN_Q_OVERFLOW))
    /// The watch is gone: file deleted or unmounted.
    package static let ignored = Self(rawValue: UInt32(IN_IGNORED))
  }

  private let lease: Lease

  /// Watches from here on; what happened before is not seen. Links are not followed.
  package init(_ paths: [String], _ changes: Changes) throws(SystemError) {
    lease = Lease(try InotifyHub.shared.subscribe(paths, changes))
  }

  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(lease: lease) }

  package struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate let lease: Lease

    package func next() async throws -> Event? { try await lease.queue.next() }
  }

  /// Ends the watch when nobody can ask for its events any more.
  fileprivate final class Lease: Sendable {
    let queue: EventQueue

    init(_ queue: EventQueue) {
      self.queue = queue
    }

    deinit { InotifyHub.shared.unsubscribe(queue) }
  }
}
