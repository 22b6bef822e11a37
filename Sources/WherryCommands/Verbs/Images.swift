import ArgumentParser
import WherryRPC
import WherryWire

struct ImagesVerb: Verb {
  static let synopsis = "images [OPTIONS] [REPOSITORY[:TAG]]"
  static let configuration: CommandConfiguration = describe("images", "List images")
  static let flagSet = FlagSet(flags: [
    .toggle("all", "a"), .toggle("digests"), .value("filter", "f"), .value("format"), .toggle("no-trunc"),
    .toggle("quiet", "q"),
  ])

  @Flag(name: [.customShort("a"), .long], help: "Show all images")
  var all = false
  @Flag(help: "Show digests")
  var digests = false
  @Option(name: [.customShort("f"), .long], help: "Filter output based on conditions provided")
  var filter: [String] = []
  @Option(help: "Format output using a Go template, 'table', 'table TEMPLATE' or 'json'")
  var format: String?
  @Flag(help: "Don't truncate output")
  var noTrunc = false
  @Flag(name: [.customShort("q"), .long], help: "Only show image IDs")
  var quiet = false
  @Argument(help: "Only images of this name")
  var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, 0...1)
    let table = try TableFormat(
      quiet && format == nil ? "{{.ID}}" : format ?? "",
      default: digests ? ImageRow.withDigests : ImageRow.standard)
    var filters = try Self.option("filter", filter.last ?? "") { () throws(OptionError) in
      try FilterOption.parse(filter)
    }
    if let name = words.first { filters["reference", default: []].append(name) }
    let params = ImageListParams(filters: filters.isEmpty ? nil : filters)
    let client = try await context.connect()
    let result = try await client.imageList(params)
    let now = Context.now
    let rows = result.images.flatMap {
      ImageRow.rows($0, now: now, truncates: !noTrunc, terminal: context.console.isTerminal).map(\.value)
    }
    try context.console.write(try table.render(rows, headers: ImageRow.headers))
    return 0
  }
}

struct RmiVerb: Verb {
  static let synopsis = "rmi [OPTIONS] IMAGE [IMAGE...]"
  static let configuration: CommandConfiguration = describe("rmi", "Remove one or more images")
  static let flagSet = FlagSet(flags: [.toggle("force", "f"), .toggle("no-prune")])

  @Flag(name: [.customShort("f"), .long], help: "Force removal of the image")
  var force = false
  @Flag(help: .hidden)
  var noPrune = false
  @Argument var images: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(images, .atLeast(1))
    let client = try await context.connect()
    var failed = false
    for image in images {
      do {
        let params = ImageRemoveParams(image: image, force: force ? true : nil)
        let result = try await client.imageRemove(params)
        for name in result.untagged { try context.console.print("Untagged: \(ImageInspect.familiar(name))") }
        for id in result.deleted { try context.console.print("Deleted: \(id)") }
      } catch let error as ConsoleError {
        throw error
      } catch {
        failed = true
        context.console.report(error)
      }
    }
    return failed ? 1 : 0
  }
}
