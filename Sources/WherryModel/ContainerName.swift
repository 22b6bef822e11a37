/// A container's name: `[a-zA-Z0-9][a-zA-Z0-9_.-]+`, at most 253 bytes (Docker's rule, bounded).
package struct ContainerName: Hashable, Sendable, CustomStringConvertible {
  package static let maximumLength = 253
  package let rawValue: String

  /// A leading `/`, which Docker shows, is dropped. Throws `invalidArgument`.
  package init(_ text: String) throws(WherryError) {
    let name = text.hasPrefix("/") ? String(text.dropFirst()) : text
    let bytes = Array(name.utf8)
    guard (2...Self.maximumLength).contains(bytes.count), NameLetters.fit(bytes) else {
      throw WherryError(
        .invalidArgument, "invalid container name \(text.prefix(80).debugDescription)",
        hint: "only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed, 2 to \(Self.maximumLength) characters")
    }
    rawValue = name
  }

  package var description: String { rawValue }
}
