/// Parses the tokens of one action into a pipeline.
struct ActionParser {
  private static let maximumDepth = 32
  private let tokens: [TemplateToken]
  private var position = 0

  init(_ tokens: [TemplateToken]) {
    self.tokens = tokens
    skipSpace()
  }

  /// The control word the action begins with.
  var keyword: String? {
    guard case .word(let word) = next, ["if", "else", "end", "range", "with"].contains(word) else {
      return nil
    }
    return word
  }

  var isAtEnd: Bool { next == nil }

  private var next: TemplateToken? { tokens.indices.contains(position) ? tokens[position] : nil }

  mutating func skipKeyword() {
    position += 1
    skipSpace()
  }

  private mutating func skipSpace() {
    while next == .space { position += 1 }
  }

  mutating func wholePipeline() throws(TemplateError) -> TemplateNode.Pipeline {
    let pipeline = try pipeline(depth: 0)
    guard isAtEnd else { throw TemplateError("unexpected word in action") }
    return pipeline
  }

  private mutating func pipeline(depth: Int) throws(TemplateError) -> TemplateNode.Pipeline {
    guard depth <= Self.maximumDepth else { throw TemplateError("the template is nested too deeply") }
    var pipeline = TemplateNode.Pipeline(commands: [])
    (pipeline.variables, pipeline.declares) = declarations()
    while true {
      skipSpace()
      let command = try command(depth: depth)
      guard !command.isEmpty else { throw TemplateError("missing value for command") }
      pipeline.commands.append(command)
      skipSpace()
      guard next == .pipe else { return pipeline }
      position += 1
    }
  }

  /// `$x :=`, `$k, $v :=`, `$x =`; nothing is consumed where there is none.
  private mutating func declarations() -> (variables: [String], declares: Bool) {
    let start = position
    var names: [String] = []
    while case .variable(let name) = next, !name.isEmpty {
      names.append(name)
      position += 1
      skipSpace()
      if next == .comma {
        position += 1
        skipSpace()
        continue
      }
      if next == .declare || next == .assign {
        let declares = next == .declare
        position += 1
        return (names, declares)
      }
      break
    }
    position = start
    return ([], false)
  }

  private mutating func command(depth: Int) throws(TemplateError) -> [TemplateNode.Operand] {
    var operands: [TemplateNode.Operand] = []
    while let token = next {
      switch token {
      case .space: position += 1
      case .pipe, .close: return operands
      case .comma, .declare, .assign: throw TemplateError("unexpected word in operand")
      default: operands.append(try operand(token, depth: depth))
      }
    }
    return operands
  }

  private mutating func operand(
    _ token: TemplateToken, depth: Int
  ) throws(TemplateError) -> TemplateNode.Operand {
    position += 1
    switch token {
    case .field(let name): return .path((name.isEmpty ? [] : [name]) + fields())
    case .variable(let name): return .variable(name, fields())
    case .string(let text): return .literal(.string(text))
    case .int(let value): return .literal(.int(value))
    case .double(let value): return .literal(.double(value))
    case .word("true"): return .literal(.bool(true))
    case .word("false"): return .literal(.bool(false))
    case .word("nil"): return .literal(.null)
    case .word(let name):
      guard TemplateFunctions.names.contains(name) else {
        throw TemplateError("function \(GoQuote.quote(name)) not defined")
      }
      return .function(name)
    case .open:
      let inner = try pipeline(depth: depth + 1)
      skipSpace()
      guard next == .close else { throw TemplateError("unclosed left paren") }
      position += 1
      return .group(inner, fields())
    default: throw TemplateError("unexpected word in operand")
    }
  }

  private mutating func fields() -> [String] {
    var names: [String] = []
    while case .field(let name) = next, !name.isEmpty {
      names.append(name)
      position += 1
    }
    return names
  }
}
