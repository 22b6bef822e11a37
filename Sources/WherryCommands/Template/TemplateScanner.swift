/// Reads the tokens of one action.
struct TemplateScanner {
  private let source: [Unicode.Scalar]
  private var position = 0
  private var tokens: [TemplateToken] = []

  static func tokens(_ source: [Unicode.Scalar]) throws(TemplateError) -> [TemplateToken] {
    var scanner = TemplateScanner(source)
    try scanner.run()
    return scanner.tokens
  }

  private init(_ source: [Unicode.Scalar]) {
    self.source = source
  }

  private var next: Unicode.Scalar? { source.indices.contains(position) ? source[position] : nil }

  private mutating func run() throws(TemplateError) {
    while let scalar = next {
      switch scalar {
      case " ", "\t", "\n", "\r":
        position += 1
        if tokens.last != .space { tokens.append(.space) }
      case "|": single(.pipe)
      case ",": single(.comma)
      case "(": single(.open)
      case ")": single(.close)
      case "=": single(.assign)
      case ":":
        position += 1
        guard next == "=" else { throw TemplateError("expected :=") }
        single(.declare)
      case "\"": try quoted()
      case "`": try raw()
      case ".":
        position += 1
        tokens.append(.field(name()))
      case "$":
        position += 1
        tokens.append(.variable(name()))
      default: try wordOrNumber(scalar)
      }
    }
  }

  private mutating func single(_ token: TemplateToken) {
    position += 1
    tokens.append(token)
  }

  private mutating func name() -> String {
    let start = position
    while let scalar = next, scalar == "_" || scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) {
      position += 1
    }
    return TemplateLexer.string(source[start..<position])
  }

  private mutating func wordOrNumber(_ scalar: Unicode.Scalar) throws(TemplateError) {
    let start = position
    guard scalar == "-" || scalar == "+" || ("0"..."9").contains(scalar) else {
      let word = name()
      guard !word.isEmpty else {
        throw TemplateError("unexpected \(GoQuote.quote(String(scalar))) in command")
      }
      tokens.append(.word(word))
      return
    }
    position += 1
    while let scalar = next, ("0"..."9").contains(scalar) || scalar == "." { position += 1 }
    let text = TemplateLexer.string(source[start..<position])
    if let value = Int64(text) {
      tokens.append(.int(value))
    } else if let value = Double(text) {
      tokens.append(.double(value))
    } else {
      throw TemplateError("bad number syntax: \(GoQuote.quote(text))")
    }
  }

  private mutating func raw() throws(TemplateError) {
    position += 1
    let start = position
    while let scalar = next, scalar != "`" { position += 1 }
    guard next != nil else { throw TemplateError("unterminated raw quoted string") }
    tokens.append(.string(TemplateLexer.string(source[start..<position])))
    position += 1
  }

  private mutating func quoted() throws(TemplateError) {
    position += 1
    var text = String.UnicodeScalarView()
    while let scalar = next {
      position += 1
      if scalar == "\"" {
        tokens.append(.string(String(text)))
        return
      }
      guard scalar == "\\" else {
        text.append(scalar)
        continue
      }
      guard let escaped = next else { break }
      position += 1
      switch escaped {
      case "n": text.append("\n")
      case "t": text.append("\t")
      case "r": text.append("\r")
      case "\\", "\"", "'": text.append(escaped)
      default: throw TemplateError("unknown escape \\\(escaped) in a string")
      }
    }
    throw TemplateError("unterminated quoted string")
  }
}
