import Glibc
package import WherryLinux
import WherryModel

/// How far a reader of the events has come: a place in one of the files, which it keeps open.
package struct EventCursor: Sendable {
  /// Nil before the first event ever.
  private let file: FileDescriptorBox?
  private let inode: UInt64
  private var offset: Int64 = 0

  /// Behind all that is there now.
  package static func end(of events: EventFile) throws(SystemError) -> EventCursor {
    var cursor = try EventCursor(at: [events.path])
    cursor.offset = try cursor.file?.file.status().size ?? 0
    return cursor
  }

  /// Before all that is remembered.
  package static func start(of events: EventFile) throws(SystemError) -> EventCursor {
    try EventCursor(at: [events.old, events.path])
  }

  /// At the start of the first that is there.
  private init(at paths: [String]) throws(SystemError) {
    for path in paths {
      do throws(SystemError) {
        let file = try FileDescriptor.open(path, [.noFollow])
        inode = try file.status().inode
        self.file = FileDescriptorBox(file)
        return
      } catch {
        guard error.errno == ENOENT else { throw error }
      }
    }
    (file, inode) = (nil, 0)
  }

  /// What has come since, oldest first. What is no event's bytes is for the caller to tell.
  package mutating func next(_ events: EventFile) throws(SystemError) -> [[UInt8]] {
    var payloads: [[UInt8]] = []
    // A file that is not the current one any more gets no further line. Two changes meanwhile are one too many.
    for _ in 0..<3 {
      let current = try Files.statusIfPresent(events.path)?.inode
      try read(into: &payloads)
      guard let current, current != inode else { break }
      let old = try Files.statusIfPresent(events.old)?.inode
      self = try EventCursor(at: old == inode ? [events.path] : [events.old, events.path])
    }
    return payloads
  }

  /// Whole lines only.
  private mutating func read(into payloads: inout [[UInt8]]) throws(SystemError) {
    guard let file else { return }
    var rest: [UInt8] = []
    while rest.count <= EventFile.maximumRead {
      let bytes = try file.file.read(maximum: 64 << 10, at: offset + Int64(rest.count))
      if bytes.isEmpty { return }
      rest += bytes
      guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { continue }
      for line in rest.prefix(upTo: end).split(separator: UInt8(ascii: "\n")) {
        if let payload = Hex.decode(line) { payloads.append(payload) }
      }
      offset += Int64(end + 1)
      rest = Array(rest.dropFirst(end + 1))
    }
  }
}
