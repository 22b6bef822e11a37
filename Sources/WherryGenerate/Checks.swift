/// What a schema that parses may still get wrong.
struct Checks {
  /// Types of CDDL's prelude that have a Swift type.
  static let prelude: Set<String> = ["tstr", "uint", "int", "bool", "bstr", "any"]

  private let schema: Schema
  private let known: Set<String>

  /// - Parameter imported: a schema whose rules may be used by name.
  static func run(_ schema: Schema, imported: Schema = Schema()) throws(SchemaError) {
    let checks = Checks(schema, imported)
    try checks.checkNames(imported)
    for rule in schema.rules { try checks.check(rule) }
    try checks.checkMethods()
  }

  private init(_ schema: Schema, _ imported: Schema) {
    self.schema = schema
    known = Self.prelude.union((schema.rules + imported.rules).map(\.name))
  }

  private func checkNames(_ imported: Schema) throws(SchemaError) {
    var seen = Self.prelude.union(imported.rules.map(\.name))
    for rule in schema.rules where !seen.insert(rule.name).inserted {
      throw SchemaError("\(rule.name) is defined twice", line: rule.line)
    }
  }

  private func check(_ rule: Rule) throws(SchemaError) {
    switch rule.body {
    case .map(let fields):
      var names: Set<String> = []
      var last: UInt64?
      for field in fields {
        if let last, field.key <= last {
          throw SchemaError("key \(field.key) of \(rule.name) does not ascend", line: field.line)
        }
        last = field.key
        guard names.insert(field.name).inserted else {
          throw SchemaError("\(rule.name) has two fields \(field.name)", line: field.line)
        }
        try check(field.type, line: field.line)
      }
    case .enumeration(let cases):
      guard Set(cases.map(\.name)).count == cases.count, Set(cases.map(\.value)).count == cases.count else {
        throw SchemaError("a name or number of \(rule.name) occurs twice", line: rule.line)
      }
    case .alias(let type):
      try check(type, line: rule.line)
    case .frame:
      break
    }
  }

  private func check(_ type: TypeReference, line: Int) throws(SchemaError) {
    guard known.contains(type.leaf) else { throw SchemaError("\(type.leaf) is not defined", line: line) }
    switch type {
    case .name: return
    case .array(.name(let element), _), .table(.name(let element)), .table(.array(.name(let element), 0)):
      if element != "bstr", element != "any" { return }
    default: break
    }
    throw SchemaError("this nesting of arrays and tables is not supported", line: line)
  }

  private func checkMethods() throws(SchemaError) {
    var numbers: Set<UInt64> = []
    var names: Set<String> = []
    for method in schema.methods {
      guard numbers.insert(method.number).inserted, names.insert(method.name).inserted else {
        throw SchemaError("method \(method.number) \(method.name) is declared twice", line: method.line)
      }
      guard ["viewer", "operator", "admin"].contains(method.role) else {
        throw SchemaError("unknown role \(method.role)", line: method.line)
      }
      for rule in [method.paramsRule, method.resultRule, method.input, method.output] {
        if let rule, schema.rule(rule) == nil {
          throw SchemaError("\(rule) is not defined", line: method.line)
        }
      }
    }
  }
}
