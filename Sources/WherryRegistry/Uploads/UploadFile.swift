import Synchronization
import WherryLinux
import WherryModel

/// An upload on disk. `write` and `complete` block, one of them at a time; nothing else waits for the disk.
package final class UploadFile: Sendable {
  private struct Progress {
    var machine: UploadMachine
    var isOver = false
  }

  private struct Content: ~Copyable {
    let file: FileDescriptor
    /// Nil where bytes were kept by a server before this one, until they are read again.
    var hash: BlobHash?
    /// Written since the free space was looked at; nil before the first time.
    var unchecked: UInt64?
  }

  private static let blockSize = 256 << 10

  package let repository: RepositoryName
  let folder: String
  private let algorithm: Digest.Algorithm
  /// Taken inside `content`, and held for no I/O.
  private let progress: Mutex<Progress>
  private let content: Mutex<Content>

  var data: String { folder + "/data" }

  /// Opens what there is of the upload in `folder`.
  init(
    folder: String, repository: RepositoryName, algorithm: Digest.Algorithm, maximumSize: UInt64
  ) throws(SystemError) {
    let file = try FileDescriptor.open(folder + "/data", [.readWrite, .create, .noFollow], mode: 0o640)
    let size = UInt64(clamping: try file.status().size)
    self.folder = folder
    self.repository = repository
    self.algorithm = algorithm
    progress = Mutex(Progress(machine: UploadMachine(received: size, maximumSize: maximumSize)))
    content = Mutex(Content(file: file, hash: size == 0 ? BlobHash(algorithm) : nil))
  }

  package var range: String { progress.withLock { $0.machine.range } }

  var isEmpty: Bool { progress.withLock { $0.machine.received == 0 } }

  /// Throws 507 where `length` bytes would not fit. Blocks.
  package func begin(range: String?, length: UInt64?) throws -> UploadMachine.Turn {
    let turn = try progress.withLock { progress in
      if progress.isOver { throw RegistryProblem.unknownUpload }
      return try progress.machine.begin(range: range, length: length)
    }
    if let length, length > 0 { try SpaceReserve.check(folder, for: length) }
    return turn
  }

  /// What cannot be written, for want of space say, is not taken for received.
  package func write(_ bytes: [UInt8], _ turn: UploadMachine.Turn) throws {
    try content.withLock { content in
      let start = try progress.withLock { progress in
        if progress.isOver { throw RegistryProblem.unknownUpload }
        // Whether it may; it has when the bytes are there.
        var next = progress.machine
        try next.take(bytes.count, turn)
        return progress.machine.received
      }
      try Self.catchUp(&content, to: start, algorithm)
      if (content.unchecked ?? SpaceReserve.interval) >= SpaceReserve.interval {
        try SpaceReserve.check(folder, for: UInt64(clamping: bytes.count))
        content.unchecked = 0
      }
      do {
        try content.file.write(bytes, at: Int64(clamping: start))
        // Another request may have taken over meanwhile, and begins where this one did.
        try progress.withLock { progress in
          if progress.isOver { throw RegistryProblem.unknownUpload }
          try progress.machine.take(bytes.count, turn)
        }
      } catch {
        try content.file.truncate(to: Int64(clamping: start))
        throw error
      }
      content.hash?.update(bytes)
      content.unchecked = (content.unchecked ?? 0) + UInt64(clamping: bytes.count)
    }
  }

  package func end(_ turn: UploadMachine.Turn) throws {
    try progress.withLock { progress in try progress.machine.end(turn) }
  }

  /// Compares the content with `digest` and puts it on disk. Afterwards nothing can be added.
  func complete(_ digest: Digest) throws {
    try content.withLock { content in
      let size = try progress.withLock { progress in
        if progress.isOver { throw RegistryProblem.unknownUpload }
        progress.isOver = true
        return progress.machine.received
      }
      if digest.algorithm != algorithm { content.hash = nil }
      try Self.catchUp(&content, to: size, digest.algorithm)
      guard let hash = content.hash, hash.matches(digest) else {
        throw RegistryProblem(
          400, .digestInvalid, "the \(size) bytes that came have another digest than \(digest)")
      }
      try content.file.sync()
    }
  }

  /// Nothing can be added any more.
  func abandon() { progress.withLock { $0.isOver = true } }

  private static func catchUp(
    _ content: inout Content, to size: UInt64, _ algorithm: Digest.Algorithm
  ) throws(SystemError) {
    guard content.hash == nil else { return }
    var hash = BlobHash(algorithm)
    var position: UInt64 = 0
    while position < size {
      let wanted = min(UInt64(blockSize), size - position)
      let block = try content.file.read(maximum: Int(clamping: wanted), at: Int64(clamping: position))
      guard !block.isEmpty else { throw .unexpectedKind("read", "an upload that was cut short") }
      hash.update(block)
      position += UInt64(block.count)
    }
    content.hash = hash
  }
}

extension RegistryProblem {
  static var unknownUpload: RegistryProblem {
    RegistryProblem(404, .blobUploadUnknown, "no such upload: it has ended, was cancelled, or was too old")
  }
}
