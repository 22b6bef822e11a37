/// The address of a network interface: six bytes.
package struct MACAddress: Hashable, Sendable, CustomStringConvertible {
  package let bytes: [UInt8]

  /// `02:42:ac:11:00:02`, with `:` or `-`. Nil for anything else, and for addresses of groups.
  package init?(_ text: String) {
    let parts = text.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "-" }
    guard parts.count == 6, text.utf8.count == 17 else { return nil }
    var bytes: [UInt8] = []
    for part in parts {
      guard let value = UInt8(part, radix: 16), part.utf8.count == 2, part.first != "+" else { return nil }
      bytes.append(value)
    }
    guard bytes[0] & 1 == 0 else { return nil }
    self.bytes = bytes
  }

  private init(unchecked bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// As Docker: from the IPv4 address, so that the same address has the same MAC and neighbours' caches stay right.
  package static func derived(from address: IPAddress) -> MACAddress {
    MACAddress(unchecked: [0x02, 0x42] + address.bytes.suffix(4))
  }

  package static func random(using generator: inout some RandomNumberGenerator) -> MACAddress {
    MACAddress(unchecked: [0x02] + (0..<5).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
  }

  package var description: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
  }
}
