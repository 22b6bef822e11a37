/// Keeps what others wrote from steering the reader's terminal (CASES.md B7, CVE-2021-25743).
enum Sanitise {
  /// Names, labels, image references, errors: control characters become visible escapes.
  static func metadata(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: \.isControl) else { return text }
    var clean = ""
    for scalar in text.unicodeScalars {
      if scalar.isControl {
        clean +=
          scalar.value < 0x80 ? "\\x" + GoQuote.hex(scalar.value, 2) : "\\u" + GoQuote.hex(scalar.value, 4)
      } else {
        clean.unicodeScalars.append(scalar)
      }
    }
    return clean
  }

  /// As `metadata` where the text goes to a terminal.
  static func metadata(_ text: String, terminal: Bool) -> String {
    terminal ? metadata(text) : text
  }
}
