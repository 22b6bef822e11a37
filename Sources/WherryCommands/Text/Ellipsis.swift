enum Ellipsis {
  /// Docker's `formatter.Ellipsis`: at most `width` characters, the last an ellipsis where cut.
  static func cut(_ text: String, _ width: Int) -> String {
    guard text.unicodeScalars.count > width else { return text }
    guard width > 1 else { return String(text.prefix(width)) }
    var cut = String.UnicodeScalarView()
    cut.append(contentsOf: text.unicodeScalars.prefix(width - 1))
    return String(cut) + "…"
  }

  /// `sha256:0123…` → its first twelve digits.
  static func shortID(_ id: String) -> String {
    let digits = id.split(separator: ":", maxSplits: 1).last ?? ""
    return String(digits.prefix(12))
  }
}
