/// Go's text/template, as far as users of `docker --format` go.
struct Template: Sendable {
  private let nodes: [TemplateNode]

  init(_ source: String) throws(TemplateError) {
    do {
      nodes = try TemplateParser.parse(source)
    } catch {
      throw TemplateError("template parsing error: template: :1: \(error.message)")
    }
  }

  func render(_ value: Value) throws(TemplateError) -> String {
    do {
      return try TemplateEvaluator.run(nodes, value)
    } catch {
      throw TemplateError("template: :1: \(error.message)")
    }
  }
}
