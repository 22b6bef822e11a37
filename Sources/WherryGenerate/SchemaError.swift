/// What is wrong with a schema, and on which line.
struct SchemaError: Error, Equatable, CustomStringConvertible {
  var line: Int
  var reason: String

  init(_ reason: String, line: Int) {
    self.line = line
    self.reason = reason
  }

  var description: String { "line \(line): \(reason)" }
}
