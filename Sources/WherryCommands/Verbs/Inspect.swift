import ArgumentParser
import WherryModel
import WherryRPC
import WherryWire

struct InspectVerb: Verb {
  static let synopsis = "inspect [OPTIONS] NAME|ID [NAME|ID...]"
  static let configuration: CommandConfiguration = describe(
    "inspect", "Return low-level information on containers and images")
  static let flagSet = FlagSet(flags: [
    .value("format", "f"), .value("type"), .toggle("size", "s"),
  ])

  @Option(name: [.customShort("f"), .long], help: "Format output using a Go template or 'json'")
  var format: String?
  @Option(help: "Only inspect objects of the given type (container, image, network, volume)")
  var type: String?
  @Flag(name: [.customShort("s"), .long], help: "Display total file sizes of containers")
  var size = false
  @Argument var names: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(names, .atLeast(1))
    switch type {
    case nil: return try await Inspection(format, size: size).run(names, context, Inspection.any)
    case "container":
      return try await Inspection(format, size: size).run(names, context, Inspection.container)
    case "image": return try await Inspection(format).run(names, context, Inspection.image)
    case "network": return try await Inspection(format).run(names, context, Inspection.network)
    case "volume": return try await Inspection(format).run(names, context, Inspection.volume)
    case .some(let type): throw UsageError(message: "\(GoQuote.quote(type)) is not a valid value for --type")
    }
  }
}

struct ContainerInspectVerb: Verb {
  static let synopsis = "container inspect [OPTIONS] CONTAINER [CONTAINER...]"
  static let configuration: CommandConfiguration = describe(
    "container inspect", "Display information on one or more containers")
  static let flagSet = FlagSet(flags: [.value("format", "f"), .toggle("size", "s")])

  @Option(name: [.customShort("f"), .long], help: "Format output using a Go template or 'json'")
  var format: String?
  @Flag(name: [.customShort("s"), .long], help: "Display total file sizes")
  var size = false
  @Argument var names: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(names, .atLeast(1))
    return try await Inspection(format, size: size).run(names, context, Inspection.container)
  }
}

struct ImageInspectVerb: Verb {
  static let synopsis = "image inspect [OPTIONS] IMAGE [IMAGE...]"
  static let configuration: CommandConfiguration = describe(
    "image inspect", "Display information on one or more images")
  static let flagSet = FlagSet(flags: [.value("format", "f")])

  @Option(name: [.customShort("f"), .long], help: "Format output using a Go template or 'json'")
  var format: String?
  @Argument var names: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(names, .atLeast(1))
    return try await Inspection(format).run(names, context, Inspection.image)
  }
}

/// What the three inspect verbs share: look each name up, print what was found, tell what was not.
struct Inspection {
  private let template: Template?
  private let compact: Bool
  private let size: Bool

  init(_ format: String?, size: Bool = false) throws(TemplateError) {
    self.size = size
    compact = format == "json"
    template = try format.flatMap { (format) throws(TemplateError) in
      format == "json" || format.isEmpty ? nil : try Template(format)
    }
  }

  func run(
    _ names: [String], _ context: Context, _ find: (WherryCalls, String) async throws -> Value
  ) async throws -> Int32 {
    let client = try await context.connect()
    let sizes = size ? ContainerSizes(try await client.systemUsage()) : nil
    return try await run(names, context) { name in
      var value = try await find(client, name)
      if let sizes, case .string(let id)? = value["Id"], case .string(let image)? = value["Image"] {
        value.append("SizeRw", .unsigned(sizes.own(id)))
        value.append("SizeRootFs", .unsigned(sizes.all(id, image: image)))
      }
      return value
    }
  }

  func run(
    _ names: [String], _ context: Context, _ find: (String) async throws -> Value
  ) async throws -> Int32 {
    var found: [Value] = []
    var failed = false
    var output = ""
    for name in names {
      do {
        let value = try await find(name)
        found.append(value)
        if let template { output += try template.render(value) + "\n" }
      } catch {
        failed = true
        context.console.report(error)
      }
    }
    if template == nil {
      output = (compact ? JSONWriter.compact(.array(found)) : JSONWriter.indented(.array(found))) + "\n"
    }
    try context.console.write(output)
    return failed ? 1 : 0
  }

  static func container(_ client: WherryCalls, _ name: String) async throws -> Value {
    let params = ContainerInspectParams(container: name)
    return ContainerInspect.value(try await client.containerInspect(params))
  }

  static func image(_ client: WherryCalls, _ name: String) async throws -> Value {
    let params = ImageInspectParams(image: name)
    return ImageInspect.value(try await client.imageInspect(params))
  }

  static func network(_ client: WherryCalls, _ name: String) async throws -> Value {
    NetworkView.value(try await client.networkInspect(NetworkReference(network: name)))
  }

  /// A container of that name, else an image, else a network, else a volume, as Docker looks.
  static func any(_ client: WherryCalls, _ name: String) async throws -> Value {
    do {
      return try await container(client, name)
    } catch let error as WherryError where error.code == .notFound {}
    for find in [image, network, volume] {
      do {
        return try await find(client, name)
      } catch let error as WherryError
        where [.notFound, .invalidArgument, .unknownMethod].contains(error.code)
      {}
    }
    throw WherryError(.notFound, "No such object: \(name)")
  }
}
