/// Runs a parsed template over a value, within bounds.
struct TemplateEvaluator {
  static let maximumOutput = 16 << 20
  static let maximumSteps = 1_000_000

  private let root: Value
  private var output = ""
  private var steps = 0
  private var variables: [(name: String, value: Value)] = []

  static func run(_ nodes: [TemplateNode], _ value: Value) throws(TemplateError) -> String {
    var evaluator = TemplateEvaluator(root: value)
    try evaluator.walk(nodes, value)
    return evaluator.output
  }

  private init(root: Value) {
    self.root = root
  }

  private mutating func walk(_ nodes: [TemplateNode], _ dot: Value) throws(TemplateError) {
    let scope = variables.count
    for node in nodes {
      steps += 1
      guard steps <= Self.maximumSteps, output.utf8.count <= Self.maximumOutput else {
        throw TemplateError("the template does too much")
      }
      try step(node, dot)
    }
    variables.removeLast(variables.count - scope)
  }

  private mutating func step(_ node: TemplateNode, _ dot: Value) throws(TemplateError) {
    switch node {
    case .text(let text):
      output += text
    case .action(let pipeline):
      let value = try evaluate(pipeline, dot)
      if pipeline.variables.isEmpty { output += value.goDescription } else { try store(pipeline, value) }
    case .condition(let pipeline, let then, let otherwise):
      let scope = variables.count
      let value = try evaluate(pipeline, dot)
      try store(pipeline, value)
      try walk(value.isTrue ? then : otherwise, dot)
      variables.removeLast(variables.count - scope)
    case .with(let pipeline, let then, let otherwise):
      let scope = variables.count
      let value = try evaluate(pipeline, dot)
      try store(pipeline, value)
      if value.isTrue { try walk(then, value) } else { try walk(otherwise, dot) }
      variables.removeLast(variables.count - scope)
    case .range(let pipeline, let each, let otherwise):
      try range(pipeline, each, otherwise, dot)
    }
  }

  private mutating func range(
    _ pipeline: TemplateNode.Pipeline, _ each: [TemplateNode], _ otherwise: [TemplateNode], _ dot: Value
  ) throws(TemplateError) {
    let pairs: [(key: Value, value: Value)]
    switch try evaluate(pipeline, dot) {
    case .array(let values): pairs = values.enumerated().map { (.int(Int64($0.offset)), $0.element) }
    case .object(let fields):
      pairs = fields.sorted { $0.key < $1.key }.map { (.string($0.key), $0.value) }
    case .null: pairs = []
    case let other: throw TemplateError("range can't iterate over \(other.goDescription)")
    }
    if pairs.isEmpty { return try walk(otherwise, dot) }
    for pair in pairs {
      let scope = variables.count
      switch pipeline.variables.count {
      case 0: break
      case 1: variables.append((pipeline.variables[0], pair.value))
      default:
        variables.append((pipeline.variables[0], pair.key))
        variables.append((pipeline.variables[1], pair.value))
      }
      try walk(each, pair.value)
      variables.removeLast(variables.count - scope)
    }
  }

  private mutating func store(
    _ pipeline: TemplateNode.Pipeline, _ value: Value
  ) throws(TemplateError) {
    for name in pipeline.variables {
      if pipeline.declares {
        variables.append((name, value))
      } else if let index = variables.lastIndex(where: { $0.name == name }) {
        variables[index].value = value
      } else {
        throw TemplateError("undefined variable \"$\(name)\"")
      }
    }
  }

  private mutating func evaluate(
    _ pipeline: TemplateNode.Pipeline, _ dot: Value
  ) throws(TemplateError) -> Value {
    var result: Value?
    for command in pipeline.commands {
      steps += 1
      guard let first = command.first else { throw TemplateError("missing value for command") }
      if case .function(let name) = first {
        var arguments: [Value] = []
        for operand in command.dropFirst() { arguments.append(try value(operand, dot)) }
        if let result { arguments.append(result) }
        result = try TemplateFunctions.call(name, arguments)
      } else {
        guard command.count == 1, result == nil else {
          throw TemplateError("can't give argument to non-function \(describe(first))")
        }
        result = try value(first, dot)
      }
    }
    return result ?? .null
  }

  private mutating func value(_ operand: TemplateNode.Operand, _ dot: Value) throws(TemplateError) -> Value {
    switch operand {
    case .literal(let value): return value
    case .path(let names): return try look(names, in: dot, describe(operand))
    case .variable("", let names): return try look(names, in: root, describe(operand))
    case .variable(let name, let names):
      guard let variable = variables.last(where: { $0.name == name }) else {
        throw TemplateError("undefined variable \"$\(name)\"")
      }
      return try look(names, in: variable.value, describe(operand))
    case .group(let pipeline, let names): return try look(names, in: try evaluate(pipeline, dot), "(…)")
    case .function(let name): return try TemplateFunctions.call(name, [])
    }
  }

  private func look(_ names: [String], in value: Value, _ place: String) throws(TemplateError) -> Value {
    var value = value
    for name in names {
      switch value {
      case .object:
        guard let found = value[name] else {
          throw TemplateError("executing \"\" at <\(place)>: map has no entry for key \(GoQuote.quote(name))")
        }
        value = found
      case .null:
        throw TemplateError("executing \"\" at <\(place)>: nil data; no entry for key \(GoQuote.quote(name))")
      default:
        throw TemplateError("executing \"\" at <\(place)>: can't evaluate field \(name) in this value")
      }
    }
    return value
  }

  private func describe(_ operand: TemplateNode.Operand) -> String {
    switch operand {
    case .path(let names): names.isEmpty ? "." : names.map { "." + $0 }.joined()
    case .variable(let name, let names): "$" + name + names.map { "." + $0 }.joined()
    case .group: "(…)"
    case .function(let name): name
    case .literal(let value): JSONWriter.compact(value)
    }
  }
}

extension Value {
  /// As Go's `fmt.Print` shows it.
  var goDescription: String {
    switch self {
    case .null: "<no value>"
    case .bool(let value): value ? "true" : "false"
    case .int(let value): String(value)
    case .double(let value): Human.significant(value, 15)
    case .string(let value): value
    case .array(let values): "[" + values.map(\.goDescription).joined(separator: " ") + "]"
    case .object(let fields):
      "map["
        + fields.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.goDescription)" }
        .joined(separator: " ") + "]"
    }
  }
}
