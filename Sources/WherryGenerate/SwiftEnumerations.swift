/// Writes named numbers. A number without a name survives, so they are structs.
extension SwiftTypes {
  static func writeEnumeration(_ type: String, _ cases: [Case], _ source: inout SourceText) {
    source.block("package struct \(type): NamedNumber {") { source in
      source.line("package var rawValue: UInt64")
      source.line()
      source.line("package init(rawValue: UInt64) { self.rawValue = rawValue }")
      source.line()
      writeCases(cases, &source)
    }
  }

  /// Of an enumeration whose type is written by hand.
  static func writeCases(ofHandwritten type: String, _ cases: [Case], _ source: inout SourceText) {
    source.line()
    source.block("extension \(type) {") { source in writeCases(cases, &source) }
  }

  private static func writeCases(_ cases: [Case], _ source: inout SourceText) {
    for item in cases {
      source.line("package static let \(SwiftNames.member(item.name)) = Self(rawValue: \(item.value))")
    }
    source.line()
    source.line("/// Those this version has a name for.")
    source.line("package static let known: [Self] = [")
    for item in cases { source.line("  .\(SwiftNames.member(item.name)),") }
    source.line("]")
    source.line()
    source.line("/// The name in the schema, or the number where it has none.")
    source.block("package var description: String {") { source in
      source.line("switch rawValue {")
      for item in cases { source.line("case \(item.value): \"\(item.name)\"") }
      source.line("default: String(rawValue)")
      source.line("}")
    }
  }
}
