import ArgumentParser
import Glibc
import WherryLinux
import WherryModel
import WherryRPC
import WherryWire

struct ImportVerb: Verb {
  static let synopsis = "import [OPTIONS] FILE|- [REPOSITORY[:TAG]]"
  static let configuration: CommandConfiguration = describe(
    "import", "Import the contents from a tarball to create a filesystem image")
  static let flagSet = FlagSet(flags: [
    .value("change", "c"), .value("message", "m"), .later("platform", nil, "it comes in a later release"),
  ])

  @Option(name: [.customShort("c"), .long], help: "Apply Dockerfile instruction to the created image")
  var change: [String] = []
  @Option(name: [.customShort("m"), .long], help: "Set commit message for imported image")
  var message: String?
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, 1...2)
    if words[0].hasPrefix("http://") || words[0].hasPrefix("https://") {
      throw UsageError(
        message: "importing from a URL comes in a later release",
        hint: "curl -fsSL \(words[0]) | wherry import - …")
    }
    let reader = try words[0] == "-" ? InputReader.standardInput() : InputReader.file(words[0])
    let params = ImageImportParams(
      reference: words.count == 2 ? words[1] : nil, message: message, changes: change.isEmpty ? nil : change)
    let client = try await context.connect()
    let call = try await client.imageImport(params)
    let result = try await reader.feed(call) { ImportChunk(data: $0) }
    try context.console.print(result.id)
    return 0
  }
}
