/// Writes values of every generated type for the tests, so that a new type is tested at once.
enum SwiftSamples {
  static func write(_ schema: [Rule], to source: inout SourceText) {
    let rules = schema.filter { rule in
      if case .alias = rule.body { return false }
      return SwiftTypes.isGenerated(rule)
    }
    source.line()
    source.line("/// Of each type a value with every field, and one with no more than it needs.")
    source.block("enum Samples {") { source in
      for rule in rules { writeValues(rule, &source) }
      source.line()
      source.line("static let all: [Codec] = [")
      for rule in rules {
        let name = SwiftNames.member(rule.name)
        source.line("  Codec(\"\(rule.name)\", full: \(name), least: \(name)Least),")
      }
      source.line("]")
    }
  }

  private static func writeValues(_ rule: Rule, _ source: inout SourceText) {
    let type = SwiftNames.type(rule.name)
    let name = SwiftNames.member(rule.name)
    source.line()
    switch rule.body {
    case .map(let fields):
      writeValue("\(name)", type, fields, &source)
      writeValue("\(name)Least", type, fields.filter { !$0.isOptional }, &source)
    case .enumeration:
      source.line("static let \(name): \(type) = \(type).known[0]")
      source.line("static let \(name)Least = \(type)(rawValue: .max)")
    case .alias, .frame:
      break
    }
  }

  private static func writeValue(
    _ name: String, _ type: String, _ fields: [Field], _ source: inout SourceText
  ) {
    if fields.isEmpty { return source.line("static let \(name) = \(type)()") }
    source.line("static let \(name) = \(type)(")
    for (index, field) in fields.enumerated() {
      let end = index == fields.count - 1 ? ")" : ","
      source.line("  \(field.name): \(value(field.type, field))\(end)")
    }
  }

  private static func value(_ type: TypeReference, _ field: Field) -> String {
    switch type {
    case .name("tstr"): "\"\(field.name)\""
    case .name("uint"): "\(field.key * 1000)"
    case .name("int"): "-\(field.key * 1000)"
    case .name("bool"): "true"
    case .name("bstr"): "[0, 255]"
    case .name("any"): "[0xf6]"
    case .name("timestamp"): "Timestamp(nanoseconds: 1_700_000_000_000_000_000)"
    case .name("error-code"): ".notFound"
    case .name(let rule): "Self.\(SwiftNames.member(rule))"
    case .array(let element, _): "[\(value(element, field))]"
    case .table(let element): "[\"\(field.name)\": \(value(element, field)), \"b\": \(value(element, field))]"
    }
  }
}
