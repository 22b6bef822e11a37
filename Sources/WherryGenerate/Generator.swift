/// Brings the generated files up to date with the schemas, or says which are not.
struct Generator {
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// The folder of Package.swift.
  var root: String

  /// What the schemas become now.
  func outputs() throws -> Outputs {
    let wire = try parse(Outputs.wireSchema, importing: Schema())
    let records = try parse(Outputs.recordsSchema, importing: wire)
    let plugins = try parse(Outputs.pluginSchema, importing: wire)
    return Outputs(wire: wire, records: records, plugins: plugins)
  }

  /// The files that differ from `outputs`, and those in the generated folders that it has not.
  func stale(_ outputs: Outputs) throws -> [String] {
    var stale: [String] = []
    for (path, text) in outputs.files where try Files.read("\(root)/\(path)") != text { stale.append(path) }
    return (stale + strangers(outputs)).sorted()
  }

  func write(_ outputs: Outputs) throws {
    for folder in Outputs.folders { try Files.makeFolder("\(root)/\(folder)") }
    for path in try stale(outputs) {
      if let text = outputs.files[path] {
        try Files.write(text, to: "\(root)/\(path)")
      } else {
        try Files.remove("\(root)/\(path)")
      }
      print(path)
    }
  }

  private func strangers(_ outputs: Outputs) -> [String] {
    Outputs.folders.flatMap { folder in
      Files.list("\(root)/\(folder)").map { "\(folder)/\($0)" }.filter { outputs.files[$0] == nil }
    }
  }

  private func parse(_ path: String, importing imported: Schema) throws -> Schema {
    guard let text = try Files.read("\(root)/\(path)") else {
      throw Failure(description: "\(path) is missing")
    }
    do {
      let schema = try Parser.parse(text)
      try Checks.run(schema, imported: imported)
      return schema
    } catch {
      throw Failure(description: "\(path):\(error.line): \(error.reason)")
    }
  }
}
