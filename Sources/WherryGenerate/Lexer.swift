/// A word or sign of the schema.
struct Token: Equatable {
  enum Kind: Equatable {
    case name(String)
    case number(UInt64)
    /// `=`, `=>`, `{` and the like.
    case sign(String)
    case end
  }

  var kind: Kind
  var line: Int

  var text: String {
    switch kind {
    case .name(let name): name
    case .number(let number): String(number)
    case .sign(let sign): sign
    case .end: "end of file"
    }
  }
}

/// A comment, without its semicolon and the blanks around it.
struct Comment: Equatable {
  var text: String
  var line: Int
  /// Whether nothing but blanks stands before it on its line.
  var isAlone: Bool
}

/// Takes the subset of CDDL (RFC 8610) apart in which the schemas are written.
struct Lexer {
  private(set) var tokens: [Token] = []
  private(set) var comments: [Comment] = []
  private var rest: Substring
  private var line = 1

  init(_ text: String) throws(SchemaError) {
    rest = text[...]
    while let character = rest.first {
      if character.isNewline {
        rest.removeFirst()
        line += 1
      } else if character.isWhitespace {
        rest.removeFirst()
      } else if character == ";" {
        comments.append(readComment())
      } else {
        tokens.append(Token(kind: try readToken(character), line: line))
      }
    }
    tokens.append(Token(kind: .end, line: line))
  }

  private mutating func take(while condition: (Character) -> Bool) -> String {
    let taken = rest.prefix(while: condition)
    rest = rest.dropFirst(taken.count)
    return String(taken)
  }

  private mutating func readComment() -> Comment {
    rest.removeFirst()
    let text = take { !$0.isNewline }
    return Comment(text: text.trimmed, line: line, isAlone: tokens.last?.line != line)
  }

  private mutating func readToken(_ first: Character) throws(SchemaError) -> Token.Kind {
    if first.isASCII, first.isLetter {
      return .name(take { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
    }
    if first.isASCII, first.isNumber {
      let digits = take { $0.isASCII && $0.isNumber }
      guard let number = UInt64(digits) else {
        throw SchemaError("the number \(digits) is too large", line: line)
      }
      return .number(number)
    }
    for sign in ["=>", "=", "&", "(", ")", "{", "}", "[", "]", ",", ":", "?", "*", "+", "/"]
    where rest.hasPrefix(sign) {
      rest = rest.dropFirst(sign.count)
      return .sign(sign)
    }
    throw SchemaError("unexpected \u{201c}\(first)\u{201d}", line: line)
  }
}

extension StringProtocol {
  var trimmed: String {
    let start = drop { $0.isWhitespace }
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(start[...last])
  }
}
