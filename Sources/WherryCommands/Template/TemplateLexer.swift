/// Cuts a template into text and actions, and an action into tokens
/// (https://pkg.go.dev/text/template: "Text and spaces", "Actions").
enum TemplateLexer {
  enum Piece: Equatable {
    case text(String)
    case action([TemplateToken])
  }

  static let maximumLength = 64 << 10

  static func pieces(_ template: String) throws(TemplateError) -> [Piece] {
    let source = Array(template.unicodeScalars)
    guard source.count <= maximumLength else { throw TemplateError("the template is too long") }
    var pieces: [Piece] = []
    var position = 0
    var trimNext = false
    while position < source.count {
      let open = find("{{", in: source, from: position)
      var text = Array(source[position..<(open ?? source.count)])
      if trimNext { text = Array(text.drop(while: isSpace)) }
      guard let open else {
        pieces.append(.text(string(text)))
        break
      }
      var start = open + 2
      if at(source, start) == "-", at(source, start + 1).map(isSpace) == true {
        start += 1
        while let last = text.last, isSpace(last) { text.removeLast() }
      }
      if !text.isEmpty { pieces.append(.text(string(text))) }
      let end = try closing(source, from: start)
      var stop = end
      trimNext = stop > start + 1 && source[stop - 1] == "-" && isSpace(source[stop - 2])
      if trimNext { stop -= 1 }
      let body = source[start..<max(start, stop)]
      if !isComment(body) { pieces.append(.action(try TemplateScanner.tokens(Array(body)))) }
      position = end + 2
    }
    return pieces
  }

  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r"
  }

  static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  private static func isComment(_ body: ArraySlice<Unicode.Scalar>) -> Bool {
    let trimmed = Array(body.drop(while: isSpace))
    return trimmed.count >= 4 && trimmed[0] == "/" && trimmed[1] == "*"
  }

  private static func at(_ source: [Unicode.Scalar], _ index: Int) -> Unicode.Scalar? {
    source.indices.contains(index) ? source[index] : nil
  }

  private static func find(_ mark: String, in source: [Unicode.Scalar], from start: Int) -> Int? {
    let mark = Array(mark.unicodeScalars)
    guard source.count >= mark.count, start <= source.count - mark.count else { return nil }
    return (start...(source.count - mark.count)).first { source[$0] == mark[0] && source[$0 + 1] == mark[1] }
  }

  /// Where the `}}` that ends the action stands: not one inside a string.
  private static func closing(_ source: [Unicode.Scalar], from start: Int) throws(TemplateError) -> Int {
    var index = start
    var quote: Unicode.Scalar?
    while index < source.count {
      let scalar = source[index]
      if let open = quote {
        if scalar == "\\", open == "\"" {
          index += 1
        } else if scalar == open {
          quote = nil
        }
      } else if scalar == "\"" || scalar == "`" {
        quote = scalar
      } else if scalar == "}", at(source, index + 1) == "}" {
        return index
      }
      index += 1
    }
    throw TemplateError("unclosed action")
  }
}
