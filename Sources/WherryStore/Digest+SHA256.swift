package import WherryModel

import struct Crypto.SHA256

extension Digest {
  /// The SHA-256 digest of `bytes`.
  package static func sha256(of bytes: some Sequence<UInt8>) -> Digest {
    guard let digest = Digest(sha256: Array(SHA256.hash(data: Array(bytes)))) else {
      // SHA-256 gives 32 bytes for any input (FIPS 180-4), and nothing of a peer's can change that.
      preconditionFailure("SHA-256 of other than 32 bytes")
    }
    return digest
  }

  /// Whether this is the digest of `bytes`; false for an algorithm that is not SHA-256.
  package func matches(_ bytes: some Sequence<UInt8>) -> Bool {
    algorithm == .sha256 && Digest.sha256(of: bytes) == self
  }
}
