import ArgumentParser
import WherryModel
import WherryRPC
import WherryWire

struct EventsVerb: Verb {
  static let synopsis = "events [OPTIONS]"
  static let configuration: CommandConfiguration = describe("events", "Get real time events from the server")
  static let flagSet = FlagSet(flags: [
    .value("filter", "f"), .value("format"), .value("since"), .value("until"),
  ])

  @Option(name: [.customShort("f"), .long], help: "Filter output based on conditions provided")
  var filter: [String] = []
  @Option(help: "Format output using a Go template or 'json'")
  var format: String?
  @Option(help: "Show all events created since timestamp")
  var since: String?
  @Option(help: "Stream events until this timestamp")
  var until: String?
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(0))
    let isJSON = format == "json" || format == "{{json .}}"
    let template = try format.flatMap { isJSON || $0.isEmpty ? nil : $0 }.map {
      (text) throws(TemplateError) in
      try Template(text)
    }
    var params = SystemEventsParams()
    let now = Context.now
    params.since = try moment("since", since, now)
    params.until = try moment("until", until, now)
    if !filter.isEmpty {
      params.filters = try Self.option("filter", filter.last ?? "") { () throws(OptionError) in
        try FilterOption.parse(filter)
      }
    }
    let client = try await context.connect()
    let call = try await client.systemEvents(params)
    for try await event in call.output {
      let view = EventView(event: event, terminal: context.console.isTerminal)
      if let template {
        try context.console.print(try template.render(view.fields))
      } else {
        try context.console.print(isJSON ? try Template("{{json .}}").render(view.value) : view.text)
      }
    }
    _ = try await call.result()
    return 0
  }

  private func moment(_ flag: String, _ text: String?, _ now: Timestamp) throws(UsageError) -> Timestamp? {
    guard let text, !text.isEmpty else { return nil }
    return try Self.option(flag, text) { () throws(OptionError) in try TimeOption.parse(text, now: now) }
  }
}
