import ArgumentParser
import WherryRPC
import WherryWire

struct WhyVerb: Verb {
  static let synopsis = "why [OPTIONS] CONTAINER"
  static let configuration: CommandConfiguration = describe("why", "Say why a container is as it is")
  static let flagSet = FlagSet(flags: [.value("format", "f")])

  @Option(name: [.customShort("f"), .long], help: "Format output using a Go template or 'json'")
  var format: String?
  @Argument var containers: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(containers, .exactly(1))
    let template = try format.flatMap { format throws(TemplateError) in
      format == "json" || format.isEmpty ? nil : try Template(format)
    }
    let client = try await context.connect()
    let why = try await client.containerWhy(ContainerReference(container: containers[0]))
    if format == "json" || template != nil {
      let value: Value = [
        "Answer": .string(why.answer),
        "Facts": .object(why.facts.map { .init(key: $0.name, value: .string($0.value)) }),
      ]
      try context.console.write((try template?.render(value) ?? JSONWriter.compact(value)) + "\n")
      return 0
    }
    let isTerminal = context.console.isTerminal
    var text = Sanitise.metadata(why.answer, terminal: isTerminal) + "\n"
    for fact in why.facts {
      text += "\(fact.name): \(Sanitise.metadata(fact.value, terminal: isTerminal))\n"
    }
    try context.console.write(text)
    return 0
  }
}
