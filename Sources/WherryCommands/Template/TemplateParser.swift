/// Builds nodes from the lexer's pieces.
struct TemplateParser {
  private static let maximumDepth = 32
  private let pieces: [TemplateLexer.Piece]
  private var position = 0

  static func parse(_ template: String) throws(TemplateError) -> [TemplateNode] {
    var parser = TemplateParser(pieces: try TemplateLexer.pieces(template))
    let (nodes, end) = try parser.block(depth: 0)
    if let end { throw TemplateError("unexpected {{\(end)}}") }
    return nodes
  }

  private init(pieces: [TemplateLexer.Piece]) {
    self.pieces = pieces
  }

  /// Nodes up to an `end` or `else` of this level; says which word ended it, and for
  /// `else if` leaves the condition in `elseIf`.
  private var elseIf: ActionParser?

  private mutating func block(depth: Int) throws(TemplateError) -> ([TemplateNode], String?) {
    guard depth <= Self.maximumDepth else { throw TemplateError("the template is nested too deeply") }
    var nodes: [TemplateNode] = []
    while position < pieces.count {
      let piece = pieces[position]
      position += 1
      guard case .action(let tokens) = piece else {
        if case .text(let text) = piece { nodes.append(.text(text)) }
        continue
      }
      var action = ActionParser(tokens)
      switch action.keyword {
      case "end":
        return (nodes, "end")
      case "else":
        action.skipKeyword()
        elseIf = action.isAtEnd ? nil : action
        return (nodes, "else")
      case .some(let keyword):
        action.skipKeyword()
        nodes.append(try control(keyword, action, depth: depth))
      case nil:
        nodes.append(.action(try action.wholePipeline()))
      }
    }
    return (nodes, nil)
  }

  private mutating func control(
    _ keyword: String, _ action: ActionParser, depth: Int
  ) throws(TemplateError) -> TemplateNode {
    var action = action
    let pipeline = try action.wholePipeline()
    let (then, end) = try block(depth: depth + 1)
    var otherwise: [TemplateNode] = []
    switch end {
    case "else":
      if var chained = elseIf {
        elseIf = nil
        guard let keyword = chained.keyword, keyword == "if" || keyword == "with" else {
          throw TemplateError("unexpected words after {{else}}")
        }
        chained.skipKeyword()
        otherwise = [try control(keyword, chained, depth: depth + 1)]
      } else {
        let (nodes, end) = try block(depth: depth + 1)
        guard end == "end" else { throw TemplateError("unexpected EOF: {{\(keyword)}} has no {{end}}") }
        otherwise = nodes
      }
    case "end": break
    default: throw TemplateError("unexpected EOF: {{\(keyword)}} has no {{end}}")
    }
    switch keyword {
    case "if": return .condition(pipeline, then: then, otherwise: otherwise)
    case "with": return .with(pipeline, then: then, otherwise: otherwise)
    default: return .range(pipeline, each: then, otherwise: otherwise)
    }
  }
}
