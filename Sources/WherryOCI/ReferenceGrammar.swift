/// The grammar of github.com/distribution/reference (`regexp.go`), on bytes.
enum ReferenceGrammar {
  /// `host[:port]`, where the host has labels of letters, digits and inner hyphens, or is an
  /// IPv6 address in brackets.
  static func isDomain(_ text: some StringProtocol) -> Bool {
    let bytes = Array(text.utf8)
    if bytes.first == UInt8(ascii: "[") {
      guard let close = bytes.firstIndex(of: UInt8(ascii: "]")), close > 2 else { return false }
      let address = bytes[1..<close]
      guard address.allSatisfy({ isHex($0) || $0 == UInt8(ascii: ":") }) else { return false }
      let rest = bytes[(close + 1)...]
      return rest.isEmpty || (rest.first == UInt8(ascii: ":") && isPort(rest.dropFirst()))
    }
    let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard let host = parts.first, parts.count <= 2 else { return false }
    if parts.count == 2, !isPort(parts[1]) { return false }
    return host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy(isLabel)
  }

  static func isPath(_ text: some StringProtocol) -> Bool {
    Array(text.utf8).split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .allSatisfy(isComponent)
  }

  /// `[\w][\w.-]{0,127}`
  static func isTag(_ text: some StringProtocol) -> Bool {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, bytes.count <= 128, isWord(first) else { return false }
    return bytes.allSatisfy { isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
  }

  private static func isPort(_ bytes: some Collection<UInt8>) -> Bool {
    var value = 0
    guard (1...5).contains(bytes.count) else { return false }
    for byte in bytes {
      guard isDigit(byte) else { return false }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return value <= 65535
  }

  private static func isLabel(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard let first = bytes.first, let last = bytes.last else { return false }
    let hyphen = UInt8(ascii: "-")
    return first != hyphen && last != hyphen
      && bytes.allSatisfy { isDigit($0) || isLower($0) || isUpper($0) || $0 == hyphen }
  }

  /// Lower-case letters and digits, joined by one `.`, one or two `_`, or any number of `-`.
  private static func isComponent(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard let first = bytes.first, let last = bytes.last, isAtom(first), isAtom(last) else { return false }
    var separator: ArraySlice<UInt8> = []
    for byte in bytes {
      if isAtom(byte) {
        guard isSeparator(separator) else { return false }
        separator = []
      } else {
        separator.append(byte)
      }
    }
    return true
  }

  private static func isSeparator(_ bytes: ArraySlice<UInt8>) -> Bool {
    switch Array(bytes) {
    case [], [UInt8(ascii: ".")], [UInt8(ascii: "_")], [UInt8(ascii: "_"), UInt8(ascii: "_")]: true
    default: bytes.allSatisfy { $0 == UInt8(ascii: "-") }
    }
  }

  private static func isAtom(_ byte: UInt8) -> Bool { isDigit(byte) || isLower(byte) }
  private static func isWord(_ byte: UInt8) -> Bool {
    isAtom(byte) || isUpper(byte) || byte == UInt8(ascii: "_")
  }
  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
  private static func isLower(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }
  private static func isUpper(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
  }
  private static func isHex(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
      || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte)
  }
}
