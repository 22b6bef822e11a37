import WherryModel

import struct Crypto.SHA256

/// Counts bytes and knows their SHA-256 digest.
final class DigestingSink {
  private var hash = SHA256()
  private(set) var count: UInt64 = 0

  func update(_ bytes: UnsafeRawBufferPointer) {
    hash.update(bufferPointer: bytes)
    count += UInt64(bytes.count)
  }

  func digest() throws(WherryError) -> Digest {
    try Digest("sha256:\(Hex.encode(Array(hash.finalize())))")
  }
}
