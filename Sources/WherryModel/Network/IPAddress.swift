/// An IPv4 or IPv6 address.
package struct IPAddress: Hashable, Sendable {
  /// 4 or 16 bytes, most significant first.
  package let bytes: [UInt8]

  package var isIPv6: Bool { bytes.count == 16 }
  package var width: Int { bytes.count * 8 }

  /// Nil unless there are 4 or 16.
  package init?(bytes: [UInt8]) {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  /// Nil for what is no address. Brackets, scopes and leading zeros of IPv4 are refused.
  package init?(_ text: some StringProtocol) {
    guard text.utf8.count <= 45 else { return nil }
    guard let bytes = text.utf8.contains(UInt8(ascii: ":")) ? Self.six(text) : Self.four(text) else {
      return nil
    }
    self.bytes = bytes
  }

  private static func four(_ text: some StringProtocol) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bytes: [UInt8] = []
    for part in parts {
      let isNumber = part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard isNumber, let value = UInt8(part), part == "0" || !part.hasPrefix("0") else { return nil }
      bytes.append(value)
    }
    return bytes
  }

  /// RFC 4291 section 2.2.
  private static func six(_ text: some StringProtocol) -> [UInt8]? {
    let halves = Array(String(text).utf8).splitAtDoubleColon
    guard halves.count <= 2 else { return nil }
    var sides: [[UInt8]] = []
    for (index, half) in halves.enumerated() {
      guard let side = groups(half, mayEndInFour: index == halves.count - 1) else { return nil }
      sides.append(side)
    }
    if sides.count == 1 { return sides[0].count == 16 ? sides[0] : nil }
    let missing = 16 - sides[0].count - sides[1].count
    guard missing >= 2 else { return nil }
    return sides[0] + [UInt8](repeating: 0, count: missing) + sides[1]
  }

  private static func groups(_ text: String, mayEndInFour: Bool) -> [UInt8]? {
    if text.isEmpty { return [] }
    var bytes: [UInt8] = []
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      if mayEndInFour, index == parts.count - 1, part.contains("."), let tail = four(part) {
        bytes += tail
        continue
      }
      guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy(isHexDigit),
        let value = UInt16(part, radix: 16)
      else { return nil }
      bytes += [UInt8(value >> 8), UInt8(value & 255)]
    }
    return bytes.count <= 16 ? bytes : nil
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"):
      true
    default: false
    }
  }

  package static let anyIPv4 = IPAddress(unchecked: [0, 0, 0, 0])
  package static let anyIPv6 = IPAddress(unchecked: [UInt8](repeating: 0, count: 16))

  fileprivate init(unchecked bytes: [UInt8]) {
    self.bytes = bytes
  }

  package var isUnspecified: Bool { bytes.allSatisfy { $0 == 0 } }
  package var isLoopback: Bool {
    isIPv6 ? bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1 : bytes.first == 127
  }

  /// The address `offset` further on; nil past the last one there is.
  package func adding(_ offset: UInt64) -> IPAddress? {
    var bytes = bytes
    var rest = offset
    for index in bytes.indices.reversed() where rest > 0 {
      let sum = UInt64(bytes[index]) &+ (rest & 255)
      bytes[index] = UInt8(sum & 255)
      rest = (rest >> 8) &+ (sum >> 8)
    }
    return rest == 0 ? IPAddress(unchecked: bytes) : nil
  }
}

extension IPAddress: Comparable {
  /// IPv4 before IPv6.
  package static func < (left: IPAddress, right: IPAddress) -> Bool {
    if left.bytes.count != right.bytes.count { return left.bytes.count < right.bytes.count }
    return left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}

extension IPAddress: CustomStringConvertible {
  /// IPv6 as RFC 5952 has it.
  package var description: String {
    guard isIPv6 else { return bytes.map { "\($0)" }.joined(separator: ".") }
    let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
    var best = 0..<0
    var index = 0
    while index < 8 {
      guard groups[index] == 0 else {
        index += 1
        continue
      }
      let start = index
      while index < 8, groups[index] == 0 { index += 1 }
      if index - start > max(1, best.count) { best = start..<index }
    }
    let hex = groups.map { String($0, radix: 16) }
    if best.isEmpty { return hex.joined(separator: ":") }
    return hex[..<best.lowerBound].joined(separator: ":") + "::"
      + hex[best.upperBound...].joined(separator: ":")
  }
}

extension [UInt8] {
  /// The text cut at each `::`.
  fileprivate var splitAtDoubleColon: [String] {
    var parts: [[UInt8]] = [[]]
    var index = 0
    while index < count {
      if self[index] == UInt8(ascii: ":"), index + 1 < count, self[index + 1] == UInt8(ascii: ":") {
        parts.append([])
        index += 2
      } else {
        parts[parts.count - 1].append(self[index])
        index += 1
      }
    }
    return parts.map { String(decoding: $0, as: UTF8.self) }
  }
}
