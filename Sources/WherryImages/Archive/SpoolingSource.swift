import Glibc
import WherryLinux
import WherryModel

/// Bytes of a blob: first those that an earlier process kept in a file, then those of the network, which it keeps there
/// as well while it looks as if the download might be interrupted.
///
/// Each kept byte is written to the device beside the extracted one, so a quick download keeps none: what it
/// would lose is fetched again in a few seconds. A download that was interrupted once is kept from the start.
final class SpoolingSource: ByteSource {
  struct Policy: Sendable, Equatable {
    /// Smaller blobs are never kept.
    var minimumSize: UInt64 = 4 << 20
    /// Held in memory until it is known how fast the network is.
    var undecided = 2 << 20
    /// A blob whose rest takes the network longer is kept.
    var patience: Duration = .seconds(10)
    /// Kept bytes are synced so often, so that a power cut takes few.
    var syncEvery = 4 << 20
  }

  private enum Keeping {
    case no
    case undecided([UInt8])
    case yes
  }

  private let network: any ByteSource
  private let path: String
  private let size: UInt64
  private let policy: Policy
  private var file: FileDescriptorBox?
  /// What is still to be read of the file.
  private var kept: UInt64
  private var position: UInt64 = 0
  private var keeping: Keeping
  private var waited: Duration = .zero
  private var received: UInt64 = 0
  private var unsynced = 0

  /// How much of a blob is in the file at `path`; nil where there is no file. One that is longer than the blob is
  /// removed.
  static func keptBytes(_ path: String, of size: UInt64) throws(SystemError) -> UInt64? {
    guard let status = try Files.statusIfPresent(path) else { return nil }
    guard status.kind == .regular, let count = UInt64(exactly: status.size), count <= size else {
      try Files.unlink(path)
      return nil
    }
    return count
  }

  /// `network` begins at `offset`, which is what `keptBytes` said.
  init(
    _ network: any ByteSource, path: String, offset: UInt64?, size: UInt64, policy: Policy = Policy()
  ) throws(SystemError) {
    self.network = network
    self.path = path
    self.size = size
    self.policy = policy
    kept = offset ?? 0
    guard size >= policy.minimumSize || kept > 0 else {
      keeping = .no
      return
    }
    file = FileDescriptorBox(
      try FileDescriptor.open(path, [.readWrite, .create, .noFollow], mode: 0o600))
    keeping = offset == nil ? .undecided([]) : .yes
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    if kept > 0 { return try readKept(buffer) }
    let before = ContinuousClock.now
    let count = try network.read(into: buffer)
    waited += ContinuousClock.now - before
    guard count > 0 else { return 0 }
    received += UInt64(count)
    keep(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    return count
  }

  /// The blob is whole, or what was kept is worth nothing.
  func discard() throws(SystemError) {
    file = nil
    keeping = .no
    try Files.unlink(path)
  }

  private func readKept(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let wanted = Int(min(UInt64(buffer.count), kept))
    guard let number = file?.rawValue else { throw SystemError(errno: EBADF, "read", path) }
    while true {
      let count = pread(number, buffer.baseAddress, wanted, off_t(position))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw count < 0 ? SystemError.last("read", path) : SystemError(errno: EIO, "read", path)
      }
      kept -= UInt64(count)
      position += UInt64(count)
      return count
    }
  }

  private func keep(_ bytes: UnsafeRawBufferPointer) {
    switch keeping {
    case .no: return
    case .yes: write(bytes)
    case .undecided(var held):
      // Taken out first, so that it is not copied.
      keeping = .no
      held.append(contentsOf: bytes)
      if held.count < policy.undecided {
        keeping = .undecided(held)
      } else if expected > policy.patience {
        keeping = .yes
        held.withUnsafeBytes { write($0) }
      }
    }
  }

  /// How long the network will keep us waiting for the rest.
  private var expected: Duration {
    let rest = size > received ? size - received : 0
    return waited * Int(clamping: rest) / max(1, Int(clamping: received))
  }

  /// A device that is full or broken costs the bytes kept, not the download.
  private func write(_ bytes: UnsafeRawBufferPointer) {
    do {
      guard let file else { return }
      try LayerExtractor.write(file.rawValue, bytes, at: Int64(clamping: position))
      position += UInt64(bytes.count)
      unsynced += bytes.count
      if unsynced >= policy.syncEvery {
        unsynced = 0
        try file.file.sync()
      }
    } catch {
      do { try discard() } catch { keeping = .no }
    }
  }
}
