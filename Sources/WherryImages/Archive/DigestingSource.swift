import WherryModel

import struct Crypto.SHA256
import struct Crypto.SHA512

/// Passes bytes on, counts them and knows their digest.
final class DigestingSource: ByteSource {
  private let inner: any ByteSource
  private let limit: UInt64
  private let what: String
  private var sha256: SHA256?
  private var sha512: SHA512?
  private let onCount: (UInt64) throws -> Void
  private(set) var count: UInt64 = 0

  /// More than `limit` bytes are refused with `resourceExhausted`. `onCount` hears every new count.
  init(
    _ inner: any ByteSource, algorithm: Digest.Algorithm = .sha256, limit: UInt64, what: String,
    onCount: @escaping (UInt64) throws -> Void = { _ in }
  ) {
    self.inner = inner
    self.limit = limit
    self.what = what
    self.onCount = onCount
    switch algorithm {
    case .sha256: sha256 = SHA256()
    case .sha512: sha512 = SHA512()
    }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let read = try inner.read(into: buffer)
    guard read > 0 else { return 0 }
    count += UInt64(read)
    guard count <= limit else {
      throw WherryError(.resourceExhausted, "\(what) is larger than \(limit) bytes")
    }
    let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<read])
    sha256?.update(bufferPointer: bytes)
    sha512?.update(bufferPointer: bytes)
    try onCount(count)
    return read
  }

  /// Of all that was read.
  func digest() throws(WherryError) -> Digest {
    if let sha512 { return try Digest("sha512:\(Hex.encode(Array(sha512.finalize())))") }
    return try Digest("sha256:\(Hex.encode(Array((sha256 ?? SHA256()).finalize())))")
  }
}
