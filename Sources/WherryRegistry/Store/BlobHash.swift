import WherryModel

import struct Crypto.SHA256
import struct Crypto.SHA512

/// A digest that is computed as the bytes come.
enum BlobHash: Sendable {
  case sha256(SHA256)
  case sha512(SHA512)

  init(_ algorithm: Digest.Algorithm) {
    switch algorithm {
    case .sha256: self = .sha256(SHA256())
    case .sha512: self = .sha512(SHA512())
    }
  }

  mutating func update(_ bytes: [UInt8]) {
    switch self {
    case .sha256(var hash):
      hash.update(data: bytes)
      self = .sha256(hash)
    case .sha512(var hash):
      hash.update(data: bytes)
      self = .sha512(hash)
    }
  }

  var algorithm: Digest.Algorithm {
    switch self {
    case .sha256: .sha256
    case .sha512: .sha512
    }
  }

  /// Of the bytes so far; nil only if the algorithm gave another number of bytes than it must.
  var digest: Digest? {
    switch self {
    case .sha256(let hash): Digest(.sha256, hash: Array(hash.finalize()))
    case .sha512(let hash): Digest(.sha512, hash: Array(hash.finalize()))
    }
  }

  func matches(_ digest: Digest) -> Bool { self.digest == digest }

  static func matches(_ bytes: [UInt8], _ digest: Digest) -> Bool {
    var hash = BlobHash(digest.algorithm)
    hash.update(bytes)
    return hash.matches(digest)
  }
}
