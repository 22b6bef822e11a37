import ArgumentParser
import WherryModel
import WherryOCI
import WherryRPC
import WherryWire

struct ImageReferrersVerb: Verb {
  static let synopsis = "image referrers [OPTIONS] NAME[:TAG|@DIGEST]"
  static let configuration: CommandConfiguration = describe(
    "image referrers", "List what refers to an image in its registry: signatures, bills of materials")
  static let flagSet = FlagSet(flags: [.value("type"), .value("format"), .toggle("no-trunc")])

  @Option(help: "Only artifacts of this type, such as application/spdx+json")
  var type: String?
  @Option(help: "Format output using a Go template, 'table', 'table TEMPLATE' or 'json'")
  var format: String?
  @Flag(help: "Don't truncate output")
  var noTrunc = false
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(1))
    let reference = try Reference(words[0])
    let table = try TableFormat(format ?? "", default: ReferrerRow.standard)
    var params = ImageReferrersParams(reference: words[0])
    params.artifactType = type.flatMap { $0.isEmpty ? nil : $0 }
    params.credential = try await ClientCredentials().credential(for: reference.domain)
    let client = try await context.connect()
    let result = try await client.imageReferrers(params)
    if result.fromTag {
      context.console.note(
        "The registry has no list of referrers; this is what the tag says that stands in for it.")
    }
    let rows = result.referrers.map {
      ReferrerRow(referrer: $0, truncates: !noTrunc, terminal: context.console.isTerminal).value
    }
    try context.console.write(try table.render(rows, headers: ReferrerRow.headers))
    return 0
  }
}
