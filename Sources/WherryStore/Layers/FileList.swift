package import WherryLinux
package import WherryModel

import struct Crypto.SHA256

/// A layer's files, in a file beside its tree, in the order of `ListedFile.precedes`: `LENGTH(2) ENTRY` each, the entry
/// an array of deterministic CBOR. Its digest is in the layer's commit record.
package enum FileList {
  /// Beside the tree. Absent in layers that older Wherrys committed.
  package static let fileName = "files"
  private static let part = 64 << 10

  /// Writes the list; nothing but a part of it is held in memory.
  package final class Writer {
    private let file: FileDescriptor
    private var buffer: [UInt8] = []

    package init(_ path: String) throws(SystemError) {
      file = try FileDescriptor.open(path, [.writeOnly, .create, .truncate, .noFollow], mode: 0o600)
    }

    package func append(_ entry: ListedFile) throws(WherryError) {
      let bytes = try entry.encode()
      guard let length = UInt16(exactly: bytes.count) else {
        throw WherryError(.resourceExhausted, "\(entry.name) cannot be listed: its names are too long")
      }
      buffer += [UInt8(length >> 8), UInt8(length & 0xff)]
      buffer += bytes
      if buffer.count >= part { try flush() }
    }

    /// After the last.
    package func finish() throws(WherryError) { try flush() }

    private func flush() throws(WherryError) {
      try WherryError.converting("write list of files") { () throws(SystemError) in try file.write(buffer) }
      buffer.removeAll(keepingCapacity: true)
    }
  }

  /// Reads the list. Throws `dataLoss` where it is damaged; whoever compares its digest first is spared that.
  package final class Reader {
    private let file: FileDescriptor
    private let what: String
    private var buffer: [UInt8] = []
    private var used = 0
    private var last: [UInt8]?

    package init(_ path: String, what: String) throws(SystemError) {
      file = try FileDescriptor.open(path, [.noFollow, .nonBlocking])
      self.what = what
    }

    package func next() throws(WherryError) -> ListedFile? {
      guard try fill(2) else {
        guard used == buffer.count else { throw damaged(nil) }
        return nil
      }
      let length = Int(buffer[used]) << 8 | Int(buffer[used + 1])
      guard try fill(2 + length) else { throw damaged(nil) }
      let entry: ListedFile
      do {
        entry = try ListedFile(decoding: buffer[(used + 2)..<(used + 2 + length)])
      } catch {
        throw damaged(error)
      }
      used += 2 + length
      if let last, !ListedFile.precedes(last, entry.path) { throw damaged(nil) }
      last = entry.path
      return entry
    }

    /// Whether `count` bytes are there, unread.
    private func fill(_ count: Int) throws(WherryError) -> Bool {
      while buffer.count - used < count {
        let more: [UInt8]
        do throws(SystemError) { more = try file.read(maximum: FileList.part) } catch {
          throw error.isDamage ? damaged(error) : WherryError(error)
        }
        if more.isEmpty { return false }
        buffer.removeFirst(used)
        used = 0
        buffer += more
      }
      return true
    }

    private func damaged(_ cause: (any Error)?) -> WherryError {
      WherryError(.dataLoss, "the list of files of \(what) is damaged", cause: cause)
    }
  }
}

/// The digest of what comes part by part.
package struct RunningDigest: Sendable {
  private var hash = SHA256()

  package init() {}

  package mutating func update(_ bytes: UnsafeRawBufferPointer) { hash.update(bufferPointer: bytes) }

  /// So many zeros.
  package mutating func update(zeros count: UInt64) {
    let zeros = [UInt8](repeating: 0, count: Int(min(count, 64 << 10)))
    var rest = count
    while rest > 0 {
      let part = Int(min(rest, UInt64(zeros.count)))
      zeros.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<part])) }
      rest -= UInt64(part)
    }
  }

  package func finish() -> [UInt8] { Array(hash.finalize()) }

  /// Of a regular file; nil where there is none. Blocks as long as it is large.
  package static func file(_ path: String) throws(SystemError) -> Digest? {
    let file: FileDescriptor
    do {
      file = try FileDescriptor.open(path, [.noFollow, .nonBlocking])
    } catch {
      guard error.isAbsent else { throw error }
      return nil
    }
    var digest = RunningDigest()
    while true {
      let part = try file.read(maximum: 128 << 10)
      if part.isEmpty { break }
      part.withUnsafeBytes { digest.update($0) }
    }
    return Digest(sha256: digest.finish())
  }
}
