/// Reads a schema: rules from the tokens, names and methods from the comments.
struct Parser {
  private let tokens: [Token]
  private let comments: CommentLines
  private var index = 0

  static func parse(_ text: String) throws(SchemaError) -> Schema {
    let lexer = try Lexer(text)
    var parser = Parser(tokens: lexer.tokens, comments: CommentLines(lexer.comments))
    var schema = Schema()
    while parser.next.kind != .end { schema.rules.append(try parser.rule()) }
    schema.methods = try parser.comments.methods()
    return schema
  }

  private init(tokens: [Token], comments: CommentLines) {
    self.tokens = tokens
    self.comments = comments
  }

  // The lexer's last token is `.end`, and nobody goes beyond it.
  private var next: Token { tokens[min(index, tokens.count - 1)] }

  private func unexpected(_ wanted: String) -> SchemaError {
    SchemaError("\(wanted) expected, found \(next.text)", line: next.line)
  }

  private mutating func accept(_ sign: String) -> Bool {
    guard next.kind == .sign(sign) else { return false }
    index += 1
    return true
  }

  private mutating func expect(_ sign: String) throws(SchemaError) {
    if !accept(sign) { throw unexpected(sign) }
  }

  private mutating func name(_ what: String) throws(SchemaError) -> String {
    guard case .name(let name) = next.kind else { throw unexpected(what) }
    index += 1
    return name
  }

  private mutating func number(_ what: String) throws(SchemaError) -> UInt64 {
    guard case .number(let number) = next.kind else { throw unexpected(what) }
    index += 1
    return number
  }

  private mutating func rule() throws(SchemaError) -> Rule {
    let line = next.line
    let name = try name("the name of a rule")
    try expect("=")
    return Rule(
      name: name, body: try body(), documentation: comments.documentation(above: line),
      section: comments.section(of: line), line: line)
  }

  private mutating func body() throws(SchemaError) -> Rule.Body {
    if accept("&") { return .enumeration(try cases()) }
    if next.kind == .sign("{"), tokens[index + 1].kind != .sign("*") { return .map(try fields()) }
    if next.kind == .sign("["), !["*", "+"].map(Token.Kind.sign).contains(tokens[index + 1].kind) {
      try skipFrame()
      return .frame
    }
    let type = try type()
    guard accept("/") else { return .alias(type) }
    repeat { _ = try name("the name of a rule") } while accept("/")
    return .frame
  }

  /// Passes over `[ … ]`.
  private mutating func skipFrame() throws(SchemaError) {
    let line = next.line
    while !accept("]") {
      if next.kind == .end { throw SchemaError("no ] ends this [", line: line) }
      index += 1
    }
  }

  private mutating func cases() throws(SchemaError) -> [Case] {
    try expect("(")
    var cases: [Case] = []
    while !accept(")") {
      let name = try name("a name or )")
      try expect(":")
      cases.append(Case(name: name, value: try number("a number")))
      if !accept(","), next.kind != .sign(")") { throw unexpected(", or )") }
    }
    return cases
  }

  private mutating func fields() throws(SchemaError) -> [Field] {
    try expect("{")
    var fields: [Field] = []
    while !accept("}") {
      let line = next.line
      let isOptional = accept("?")
      let key = try number("a key or }")
      try expect(":")
      let type = try type()
      if !accept(","), next.kind != .sign("}") { throw unexpected(", or }") }
      let (name, documentation) = try comments.fieldName(on: tokens[index - 1].line)
      fields.append(
        Field(
          key: key, isOptional: isOptional, type: type, name: name, documentation: documentation, line: line))
    }
    return fields
  }

  private mutating func type() throws(SchemaError) -> TypeReference {
    if accept("[") {
      let minimum = accept("+") ? 1 : 0
      if minimum == 0 { try expect("*") }
      let element = try type()
      try expect("]")
      return .array(element, minimum: minimum)
    }
    if accept("{") {
      try expect("*")
      let line = next.line
      guard try name("tstr") == "tstr" else { throw SchemaError("a table's keys are tstr", line: line) }
      try expect("=>")
      let value = try type()
      try expect("}")
      return .table(value)
    }
    return .name(try name("a type"))
  }
}
