/// A container's identity: 64 lower-case hex digits, as Docker's.
package struct ContainerID: Hashable, Sendable, CustomStringConvertible {
  package let rawValue: String

  /// Throws `invalidArgument` unless `text` is exactly 64 lower-case hex digits.
  package init(_ text: String) throws(WherryError) {
    guard text.utf8.count == 64, Hex.isLowercase(text) else {
      throw WherryError(.invalidArgument, "invalid container ID \(text.prefix(80).debugDescription)")
    }
    rawValue = text
  }

  private init(unchecked rawValue: String) {
    self.rawValue = rawValue
  }

  /// A new random ID. Like Docker's, its first twelve digits are never all decimal,
  /// so that they cannot be taken for a number.
  package static func random(using generator: inout some RandomNumberGenerator) -> ContainerID {
    while true {
      let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
      let id = ContainerID(unchecked: Hex.encode(bytes))
      if id.short.utf8.contains(where: { $0 >= UInt8(ascii: "a") }) { return id }
    }
  }

  package static func random() -> ContainerID {
    var generator = SystemRandomNumberGenerator()
    return random(using: &generator)
  }

  /// The first twelve digits.
  package var short: String { String(rawValue.prefix(12)) }

  package var description: String { rawValue }
}
