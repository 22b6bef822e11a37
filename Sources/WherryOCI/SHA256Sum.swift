import struct Crypto.SHA256

/// SHA-256 of bytes in memory.
package enum SHA256Sum {
  /// 32 bytes.
  package static func of(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }
}
