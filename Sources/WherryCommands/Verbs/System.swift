import ArgumentParser
import WherryModel
import WherryRPC
import WherryWire

struct VersionVerb: Verb {
  static let synopsis = "version [OPTIONS]"
  static let configuration: CommandConfiguration = describe("version", "Show the Wherry version information")
  static let flagSet = FlagSet(flags: [.value("format", "f")])

  @Option(name: [.customShort("f"), .long], help: "Format output using a Go template or 'json'")
  var format: String?
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(0))
    let template = try format.map { (format) throws(TemplateError) in
      try Template(format == "json" ? "{{json .}}" : format)
    }
    var server: SystemVersionResult?
    var failure: (any Error)?
    do {
      let client = try await context.connect()
      server = try await client.systemVersion(SystemVersionParams())
    } catch {
      failure = error
    }
    if let template {
      let value = VersionView.value(clientVersion: WherryVersion.current, server: server)
      try context.console.print(try template.render(value))
    } else {
      try context.console.write(VersionView.text(clientVersion: WherryVersion.current, server: server))
    }
    guard let failure else { return 0 }
    // The client's version is of use without a daemon too.
    context.console.report(failure)
    return 1
  }
}

struct InfoVerb: Verb {
  static let synopsis = "info [OPTIONS]"
  static let configuration: CommandConfiguration = describe("info", "Display system-wide information")
  static let flagSet = FlagSet(flags: [.value("format", "f")])

  @Option(name: [.customShort("f"), .long], help: "Format output using a Go template or 'json'")
  var format: String?
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(0))
    let template = try format.map { (format) throws(TemplateError) in
      try Template(format == "json" ? "{{json .}}" : format)
    }
    let client = try await context.connect()
    let info = try await client.systemInfo(SystemInfoParams())
    if let template {
      try context.console.print(try template.render(InfoView.value(info)))
    } else {
      try context.console.write(InfoView.text(info))
      for warning in info.warnings { context.console.warn(warning) }
    }
    return 0
  }
}
