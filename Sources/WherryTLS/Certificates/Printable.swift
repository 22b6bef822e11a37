/// What a certificate says of itself, for messages and logs.
enum Printable {
  /// ASCII without control characters, at most 64; what is not becomes `?`.
  static func text(_ text: String) -> String {
    String(
      text.unicodeScalars.prefix(64).map { scalar in
        (0x20..<0x7f).contains(scalar.value) && scalar != "\"" ? Character(scalar) : "?"
      })
  }
}
