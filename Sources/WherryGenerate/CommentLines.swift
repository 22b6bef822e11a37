/// What the comments of a schema say to the generator.
struct CommentLines {
  /// The comments that have a line to themselves, by line.
  private var alone: [Int: String] = [:]
  private var besideCode: [Int: String] = [:]

  init(_ comments: [Comment]) {
    for comment in comments {
      if comment.isAlone {
        alone[comment.line] = comment.text
      } else {
        besideCode[comment.line] = comment.text
      }
    }
  }

  /// The first word of the comment that ends a field's line, and the rest of it.
  func fieldName(on line: Int) throws(SchemaError) -> (name: String, documentation: String) {
    let comment = besideCode[line] ?? ""
    let name = comment.prefix { !$0.isWhitespace }
    guard let first = name.first, first.isLowercase,
      name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
    else { throw SchemaError("a field ends in a comment that begins with its name", line: line) }
    return (String(name), comment.dropFirst(name.count).trimmed)
  }

  /// The lines directly above `line`, down from a blank line, a section or a method.
  func documentation(above line: Int) -> [String] {
    var lines: [String] = []
    var current = line - 1
    while let text = alone[current], !isMark(text) {
      lines.insert(text, at: 0)
      current -= 1
    }
    return Array(lines.drop(while: \.isEmpty))
  }

  /// The name in the last line `; ------ NAME` above `line`.
  func section(of line: Int) -> String? {
    let heading = alone.filter { $0.key < line && $0.value.hasPrefix("---") }.max { $0.key < $1.key }
    return heading.map { $0.value.drop(while: { $0 == "-" }).trimmed }
  }

  func methods() throws(SchemaError) -> [Method] {
    var methods: [Method] = []
    for (line, text) in alone.sorted(by: { $0.key < $1.key }) where text.hasPrefix("@method") {
      methods.append(try method(text, line))
    }
    return methods
  }

  private func isMark(_ text: String) -> Bool { text.hasPrefix("@method") || text.hasPrefix("---") }

  private func method(_ text: String, _ line: Int) throws(SchemaError) -> Method {
    let words = text.split(separator: " ").map(String.init)
    guard words.count >= 4, words[0] == "@method", let number = UInt64(words[1]) else {
      throw SchemaError("@method NUMBER NAME ROLE [input=RULE] [output=RULE] expected", line: line)
    }
    var method = Method(
      number: number, name: words[2], role: words[3], documentation: documentation(above: line), line: line)
    for word in words[4...] {
      if word.hasPrefix("input=") {
        method.input = String(word.dropFirst("input=".count))
      } else if word.hasPrefix("output=") {
        method.output = String(word.dropFirst("output=".count))
      } else {
        throw SchemaError("unknown \(word) in @method", line: line)
      }
    }
    return method
  }
}
