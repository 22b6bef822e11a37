/// A container's name: `[a-zA-Z0-9][a-zA-Z0-9_.-]+`, at most 253 bytes (Docker's rule, bounded).
package struct ContainerName: Hashable, Sendable, CustomStringConvertible {
  package static let maximumLength = 253
  package let rawValue: String

  /// A leading `/`, which Docker shows, is dropped. Throws `invalidArgument`.
  package init(_ text: String) throws(WherryError) {
    let name = text.hasPrefix("/") ? String(text.dropFirst()) : text
    let bytes = Array(name.utf8)
    guard (2...Self.maximumLength).contains(bytes.count), let first = bytes.first,
      Self.isAlphanumeric(first),
      bytes.allSatisfy({ Self.isAlphanumeric($0) || "_.-".utf8.contains($0) })
    else {
      throw WherryError(
        .invalidArgument, "invalid container name \(text.prefix(80).debugDescription)",
        hint: "only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed, 2 to \(Self.maximumLength) characters")
    }
    rawValue = name
  }

  package var description: String { rawValue }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"):
      true
    default: false
    }
  }
}
