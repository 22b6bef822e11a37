/// A parsed template.
indirect enum TemplateNode: Equatable, Sendable {
  case text(String)
  case action(Pipeline)
  case condition(Pipeline, then: [TemplateNode], otherwise: [TemplateNode])
  case with(Pipeline, then: [TemplateNode], otherwise: [TemplateNode])
  case range(Pipeline, each: [TemplateNode], otherwise: [TemplateNode])

  struct Pipeline: Equatable, Sendable {
    /// Variables that take the result: one, or for `range` key and element.
    var variables: [String] = []
    var declares = false
    var commands: [[Operand]]
  }

  indirect enum Operand: Equatable, Sendable {
    /// `.A.B`, from the cursor.
    case path([String])
    /// `$x.A`; the empty name is the whole value.
    case variable(String, [String])
    /// `(…).A`
    case group(Pipeline, [String])
    case function(String)
    case literal(Value)
  }
}
