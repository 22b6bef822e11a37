/// A volume's name: `[a-zA-Z0-9][a-zA-Z0-9_.-]+`, at most 200 bytes (Docker's rule, bounded). It is a folder's name too.
package struct VolumeName: Hashable, Sendable, CustomStringConvertible {
  package static let maximumLength = 200
  package let rawValue: String

  /// Throws `invalidArgument`.
  package init(_ text: String) throws(WherryError) {
    let bytes = Array(text.utf8)
    let shown = String(text.prefix(80)).debugDescription
    guard NameLetters.fit(bytes) else {
      throw WherryError(
        .invalidArgument,
        "\(shown) includes invalid characters for a local volume name, "
          + "only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed",
        hint: "if you intended to pass a host directory, use absolute path")
    }
    guard bytes.count > 1 else {
      throw WherryError(
        .invalidArgument,
        "volume name \(shown) is too short, names should be at least two alphanumeric characters")
    }
    guard bytes.count <= Self.maximumLength else {
      throw WherryError(
        .invalidArgument, "volume name \(shown)… is longer than \(Self.maximumLength) characters")
    }
    rawValue = text
  }

  private init(unchecked text: String) {
    rawValue = text
  }

  /// A name nobody has, for a volume that nobody named: 64 hexadecimal digits.
  package static func random() -> VolumeName { VolumeName(unchecked: ContainerID.random().rawValue) }

  package var description: String { rawValue }
}
