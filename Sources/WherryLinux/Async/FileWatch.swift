import CWherryLinux
import Glibc

/// Changes of files and folders, inotify(7), as a sequence. Nothing is read ahead: the kernel
/// queues, and says `overflow` when its queue was full; then look at everything again.
package struct FileWatch: AsyncSequence, Sendable {
  package struct Event: Sendable, Equatable {
    /// As it was passed in; empty on overflow.
    package var path: String
    /// The entry's name where `path` is a folder.
    package var name: String
    package var changes: Changes
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

  private let reader: AsyncReader
  private let paths: [Int32: String]

  /// Watches from here on; what happened before is not seen. Links are not followed.
  package init(_ paths: [String], _ changes: Changes) throws(SystemError) {
    let file = FileDescriptor(
      owning: try systemCall("make", "inotify descriptor") {
        inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
      })
    var watched: [Int32: String] = [:]
    let number = file.rawValue
    for path in paths {
      let watch = try systemCall("watch", path: path) {
        inotify_add_watch(number, $0, changes.rawValue | UInt32(IN_DONT_FOLLOW))
      }
      watched[watch] = path
    }
    self.paths = watched
    reader = try AsyncReader(file)
  }

  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(watch: self) }

  package struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate let watch: FileWatch
    private var pending: ArraySlice<Event> = []

    fileprivate init(watch: FileWatch) {
      self.watch = watch
    }

    package mutating func next() async throws -> Event? {
      while true {
        if let event = pending.popFirst() { return event }
        let bytes = try await watch.reader.read(maximum: 16 << 10)
        if bytes.isEmpty { return nil }
        pending = ArraySlice(watch.parse(bytes))
      }
    }
  }

  /// struct inotify_event: wd, mask, cookie, len (four bytes each), then `len` bytes of name.
  private func parse(_ bytes: [UInt8]) -> [Event] {
    var events: [Event] = []
    bytes.withUnsafeBytes { buffer in
      var offset = 0
      while offset + 16 <= buffer.count {
        let watch = buffer.loadUnaligned(fromByteOffset: offset, as: Int32.self)
        let mask = buffer.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
        let length = Int(buffer.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
        guard offset + 16 + length <= buffer.count else { return }
        let name = buffer[(offset + 16)..<(offset + 16 + length)].prefix { $0 != 0 }
        events.append(
          Event(
            path: paths[watch] ?? "", name: String(decoding: name, as: UTF8.self),
            changes: Changes(rawValue: mask)))
        offset += 16 + length
      }
    }
    return events
  }
}
