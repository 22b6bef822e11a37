/// Writes the Swift type of each rule, with its coding.
enum SwiftTypes {
  /// Whether a rule has a generated type here.
  static func isGenerated(_ rule: Rule) -> Bool {
    if SwiftNames.handwritten[rule.name] != nil { return false }
    switch rule.body {
    case .map, .enumeration: return true
    case .alias(.name(let name)): return !Checks.prelude.contains(name)
    case .alias, .frame: return false
    }
  }

  static func write(_ rule: Rule, to source: inout SourceText) {
    source.line()
    source.documentation(rule.documentation)
    switch rule.body {
    case .map(let fields): writeStruct(rule.name, fields, &source)
    case .enumeration(let cases): writeEnumeration(SwiftNames.type(rule.name), cases, &source)
    case .alias(let type):
      source.line("package typealias \(SwiftNames.type(rule.name)) = \(SwiftNames.type(type))")
    case .frame: break
    }
  }

  private static func writeStruct(_ name: String, _ fields: [Field], _ source: inout SourceText) {
    source.block(
      "package struct \(SwiftNames.type(name)): Hashable, Sendable, CBORDecodable, CBOREncodable {"
    ) { source in
      for field in fields {
        if !field.documentation.isEmpty { source.documentation([sentence(field.documentation)]) }
        source.line("package var \(SwiftNames.escaped(field.name)): \(type(of: field))")
      }
      if !fields.isEmpty { source.line() }
      writeInitializer(fields, &source)
      source.line()
      writeDecoding(name, fields, &source)
      source.line()
      writeEncoding(fields, &source)
    }
  }

  private static func type(of field: Field) -> String {
    SwiftNames.type(field.type) + (field.isOptional ? "?" : "")
  }

  private static func sentence(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst() + "."
  }

  private static func writeInitializer(_ fields: [Field], _ source: inout SourceText) {
    if fields.isEmpty { return source.line("package init() {}") }
    source.line("package init(")
    for (index, field) in fields.enumerated() {
      let comma = index == fields.count - 1 ? "" : ","
      let absent = field.isOptional ? " = nil" : ""
      source.line("  \(SwiftNames.escaped(field.name)): \(type(of: field))\(absent)\(comma)")
    }
    source.block(") {") { source in
      for field in fields { source.line("self.\(field.name) = \(SwiftNames.escaped(field.name))") }
    }
  }

  private static func writeDecoding(_ name: String, _ fields: [Field], _ source: inout SourceText) {
    source.block("package init(from reader: inout CBORReader) throws(CBORError) {") { source in
      for field in fields {
        source.line("var \(SwiftNames.escaped(field.name)): \(SwiftNames.type(field.type))?")
      }
      source.line("var fields = try CBORFields(of: \"\(name)\", from: &reader)")
      if fields.isEmpty { return source.line("while try fields.next(&reader) != nil { try reader.skip() }") }
      source.block("while let key = try fields.next(&reader) {") { source in
        source.line("switch key {")
        for field in fields {
          source.line("case \(field.key): \(SwiftNames.escaped(field.name)) = try \(reading(field.type))")
        }
        source.line("default: try reader.skip()")
        source.line("}")
      }
      for field in fields where !field.isOptional {
        let local = SwiftNames.escaped(field.name)
        source.line("guard let \(local) else { throw fields.missing(\"\(field.name)\", reader) }")
      }
      for field in fields { source.line("self.\(field.name) = \(SwiftNames.escaped(field.name))") }
    }
  }

  private static func reading(_ type: TypeReference) -> String {
    switch type {
    case .name("tstr"): "reader.readText()"
    case .name("uint"): "reader.readUInt()"
    case .name("int"): "reader.readInt()"
    case .name("bool"): "reader.readBool()"
    case .name("bstr"): "reader.readBytes()"
    case .name("any"): "Array(reader.readRaw())"
    case .name(let name): "\(SwiftNames.type(name))(from: &reader)"
    case .array(let element, 0): "reader.readArray(of: \(SwiftNames.type(element)).self)"
    case .array(let element, let minimum):
      "reader.readArray(of: \(SwiftNames.type(element)).self, minimum: \(minimum))"
    case .table(.array(let element, _)): "reader.readDictionary(ofArraysOf: \(SwiftNames.type(element)).self)"
    case .table(let value): "reader.readDictionary(of: \(SwiftNames.type(value)).self)"
    }
  }

  private static func writeEncoding(_ fields: [Field], _ source: inout SourceText) {
    source.block("package func encode(to writer: inout CBORWriter) {") { source in
      let optional = fields.filter(\.isOptional)
      let required = fields.count - optional.count
      if optional.isEmpty {
        source.line("writer.writeMapHeader(\(required))")
      } else {
        source.line("var count = \(required)")
        for field in optional { source.line("if \(SwiftNames.escaped(field.name)) != nil { count += 1 }") }
        source.line("writer.writeMapHeader(count)")
      }
      for field in fields {
        let name = SwiftNames.escaped(field.name)
        if field.isOptional {
          source.block("if let \(name) {") { write(field, name, &$0) }
        } else {
          write(field, name, &source)
        }
      }
    }
  }

  /// Calls for the very type: generic code of another module costs a look-up of metadata for each field.
  private static func write(_ field: Field, _ name: String, _ source: inout SourceText) {
    source.line("writer.writeUInt(\(field.key))")
    if case .array(let element, _) = field.type {
      source.line("writer.writeArrayHeader(\(name).count)")
      source.line("for element in \(name) { \(writing(element, "element")) }")
    } else {
      source.line(writing(field.type, name))
    }
  }

  private static func writing(_ type: TypeReference, _ value: String) -> String {
    switch type {
    case .name("tstr"): "writer.writeText(\(value))"
    case .name("uint"): "writer.writeUInt(\(value))"
    case .name("int"): "writer.writeInt(\(value))"
    case .name("bool"): "writer.writeBool(\(value))"
    case .name("bstr"): "writer.writeBytes(\(value))"
    case .name("any"): "writer.writeRaw(\(value))"
    case .name: "\(value).encode(to: &writer)"
    case .array: "writer.writeArray(\(value))"
    case .table: "writer.writeDictionary(\(value))"
    }
  }
}
