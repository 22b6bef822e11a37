/// A content address, `algorithm:hex` (OCI image specification, descriptor.md, "Digests").
///
/// Only sha256 and sha512 with exactly their number of lower-case hex digits are accepted,
/// so that a digest is always safe as a path component once `:` is replaced.
package struct Digest: Hashable, Sendable, CustomStringConvertible {
  package enum Algorithm: String, Sendable {
    case sha256
    case sha512

    var hexLength: Int {
      switch self {
      case .sha256: 64
      case .sha512: 128
      }
    }
  }

  package let algorithm: Algorithm
  package let hex: String

  /// Throws `invalidArgument` for anything but a well-formed digest of a known algorithm.
  package init(_ text: some StringProtocol) throws(WherryError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let algorithm = Algorithm(rawValue: String(parts[0])),
      parts[1].utf8.count == algorithm.hexLength, Hex.isLowercase(parts[1])
    else {
      throw WherryError(
        .invalidArgument, "invalid digest \(String(text.prefix(160)).debugDescription)",
        hint: "a digest is sha256: and 64 lower-case hex digits")
    }
    self.algorithm = algorithm
    hex = String(parts[1])
  }

  /// The SHA-256 digest whose 32 bytes are given; nil for any other length.
  package init?(sha256 bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    algorithm = .sha256
    hex = Hex.encode(bytes)
  }

  /// What a hash function gave; nil for any other number of bytes than the algorithm's.
  package init?(_ algorithm: Algorithm, hash bytes: some Collection<UInt8>) {
    guard bytes.count * 2 == algorithm.hexLength else { return nil }
    self.algorithm = algorithm
    hex = Hex.encode(bytes)
  }

  package var description: String { "\(algorithm.rawValue):\(hex)" }

  /// The first twelve hex digits, as Docker abbreviates.
  package var short: String { String(hex.prefix(12)) }
}
