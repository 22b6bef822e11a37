/// A block of addresses: `10.87.0.0/20`.
package struct IPPrefix: Hashable, Sendable, CustomStringConvertible {
  /// The first address; what is behind the prefix is zero.
  package let base: IPAddress
  package let length: Int

  /// Clears the bits behind the prefix. Nil where the length does not fit the address.
  package init?(_ address: IPAddress, length: Int) {
    guard (0...address.width).contains(length) else { return nil }
    var bytes = address.bytes
    for index in bytes.indices {
      let kept = min(8, max(0, length - index * 8))
      bytes[index] &= UInt8(truncatingIfNeeded: 0xFF00 >> kept)
    }
    guard let base = IPAddress(bytes: bytes) else { return nil }
    self.base = base
    self.length = length
  }

  /// `ADDRESS/BITS`; nil for anything else.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1].utf8.count <= 3, let address = IPAddress(parts[0]),
      let length = Int(parts[1]),
      !parts[1].hasPrefix("+"), !parts[1].hasPrefix("-")
    else { return nil }
    self.init(address, length: length)
  }

  package var isIPv6: Bool { base.isIPv6 }
  package var description: String { "\(base)/\(length)" }

  package func contains(_ address: IPAddress) -> Bool {
    address.isIPv6 == isIPv6 && IPPrefix(address, length: length) == self
  }

  package func contains(_ other: IPPrefix) -> Bool { other.length >= length && contains(other.base) }

  package func overlaps(_ other: IPPrefix) -> Bool { contains(other) || other.contains(self) }

  /// How many addresses there are; bounded by 2^63.
  package var count: UInt64 { 1 << UInt64(min(63, base.width - length)) }

  /// The last address.
  package var last: IPAddress {
    var bytes = base.bytes
    for index in bytes.indices {
      let kept = min(8, max(0, length - index * 8))
      bytes[index] |= UInt8(truncatingIfNeeded: 0xFF >> kept)
    }
    return IPAddress(bytes: bytes) ?? base
  }

  /// Whether a member can have that address: not the block's first, and not an IPv4 block's last.
  package func isUsable(_ address: IPAddress) -> Bool {
    guard contains(address) else { return false }
    if base.width - length <= 1 { return true }
    return address != base && (isIPv6 || address != last)
  }
}
