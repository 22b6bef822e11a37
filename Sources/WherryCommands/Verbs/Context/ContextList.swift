import ArgumentParser
import WherryClient
import WherryTLS

struct ContextListVerb: Verb {
  static let synopsis = "context ls [OPTIONS]"
  static let configuration: CommandConfiguration = describe("ls", "List contexts")
  static let flagSet = FlagSet(flags: [.value("format"), .toggle("quiet", "q")])
  static let standard = "{{.Name}}{{if .Current}} *{{end}}\t{{.Description}}\t{{.DockerEndpoint}}\t{{.Error}}"
  static let headers: Value = [
    "Name": "NAME", "Description": "DESCRIPTION", "DockerEndpoint": "ENDPOINT", "Error": "ERROR",
    "Current": false,
  ]

  @Option(help: "Format output using a Go template, 'table', 'table TEMPLATE' or 'json'")
  var format: String?
  @Flag(name: [.customShort("q"), .long], help: "Only show context names")
  var quiet = false
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(0))
    let table = try TableFormat(quiet && format == nil ? "{{.Name}}" : format ?? "", default: Self.standard)
    let store = try Context.store()
    let current = try store.current()
    let rows = try ([ConnectionContext.defaultName] + store.names()).map { name in
      Self.row(name, isCurrent: name == current, store)
    }
    try context.console.write(try table.render(rows, headers: Self.headers))
    return 0
  }

  /// A context that cannot be read is shown with the reason, so that it can be removed.
  private static func row(_ name: String, isCurrent: Bool, _ store: ContextStore) -> Value {
    do {
      let found = try store.context(name)
      return [
        "Name": .string(name), "Current": .bool(isCurrent), "Description": .string(found.description),
        "DockerEndpoint": .string(found.endpoint.description), "Error": "",
      ]
    } catch {
      return [
        "Name": .string(name), "Current": .bool(isCurrent), "Description": "", "DockerEndpoint": "",
        "Error": .string("\(error)"),
      ]
    }
  }
}

struct ContextInspectVerb: Verb {
  static let synopsis = "context inspect [OPTIONS] [CONTEXT] [CONTEXT...]"
  static let configuration: CommandConfiguration = describe(
    "inspect", "Display detailed information on one or more contexts")
  static let flagSet = FlagSet(flags: [.value("format", "f")])

  @Option(name: [.customShort("f"), .long], help: "Format output using a Go template or 'json'")
  var format: String?
  @Argument var names: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    let store = try Context.store()
    let wanted = names.isEmpty ? [try store.current()] : names
    return try await Inspection(format).run(wanted, context) { name in
      let found = try store.context(name)
      let tls: Value =
        found.tls.map { ["ca": .string($0.ca), "cert": .string($0.certificate), "key": .string($0.key)] }
        ?? [:]
      return [
        "Name": .string(name), "Metadata": ["Description": .string(found.description)],
        "Endpoints": ["wherry": ["Host": .string(found.endpoint.description), "SkipTLSVerify": false]],
        "TLSMaterial": tls,
      ]
    }
  }
}
