/// Which files the schemas become.
struct Outputs {
  static let wireSchema = "Sources/WherryWire/wherry.cddl"
  static let pluginSchema = "Sources/WherryWire/plugin.cddl"
  static let recordsSchema = "Sources/WherryEngine/Records/records.cddl"
  /// Nothing but generated files is in these.
  static let folders = [
    "Sources/WherryWire/Generated", "Sources/WherryRPC/Generated", "Sources/WherryEngine/Generated",
    "Tests/WherryWireTests/Generated",
  ]

  /// Text by path.
  private(set) var files: [String: String] = [:]

  init(wire: Schema, records: Schema, plugins: Schema = Schema()) {
    for (name, rules) in Self.sections(wire.rules) {
      var source = Self.source(["package import WherryCBOR", "package import WherryModel"], rules: rules)
      for rule in rules { SwiftTypes.write(rule, to: &source) }
      files["Sources/WherryWire/Generated/\(name).swift"] = source.text
    }

    var methods = SourceText(from: Self.wireSchema, imports: ["import WherryModel"])
    SwiftMethods.write(wire.methods, all: "all", of: "the schema", to: &methods)
    files["Sources/WherryWire/Generated/Methods.swift"] = methods.text

    var service = SourceText(from: Self.wireSchema, imports: ["package import WherryWire"])
    SwiftStubs.writeService(wire.methods, to: &service)
    files["Sources/WherryRPC/Generated/WherryAPI.swift"] = service.text

    var client = SourceText(from: Self.wireSchema, imports: ["package import WherryWire"])
    SwiftStubs.writeClient(wire, named: "WherryCalls", to: &client)
    files["Sources/WherryRPC/Generated/WherryCalls.swift"] = client.text
    writePlugins(plugins)

    if case .enumeration(let cases) = wire.rule("error-code")?.body {
      var codes = SourceText(from: Self.wireSchema, imports: [])
      SwiftTypes.writeCases(ofHandwritten: "WherryError.Code: CustomStringConvertible", cases, &codes)
      files["Sources/WherryModel/ErrorCodes.swift"] = codes.text
    }

    var kept = SourceText(
      from: Self.recordsSchema,
      imports: ["package import WherryCBOR", "package import WherryModel", "package import WherryWire"])
    for rule in records.rules where SwiftTypes.isGenerated(rule) { SwiftTypes.write(rule, to: &kept) }
    files["Sources/WherryEngine/Generated/Records.swift"] = kept.text

    var samples = SourceText(
      from: "\(Self.wireSchema), \(Self.pluginSchema) and \(Self.recordsSchema)",
      imports: ["import WherryEngine", "import WherryModel", "import WherryWire"])
    SwiftSamples.write(wire.rules + plugins.rules + records.rules, to: &samples)
    files["Tests/WherryWireTests/Generated/Samples.swift"] = samples.text
  }

  /// The daemon calls plugins; nothing here serves their methods.
  private mutating func writePlugins(_ plugins: Schema) {
    guard !plugins.rules.isEmpty else { return }
    var messages = SourceText(from: Self.pluginSchema, imports: ["package import WherryCBOR"])
    for rule in plugins.rules where SwiftTypes.isGenerated(rule) { SwiftTypes.write(rule, to: &messages) }
    files["Sources/WherryWire/Generated/PluginMessages.swift"] = messages.text

    var methods = SourceText(from: Self.pluginSchema, imports: ["import WherryModel"])
    SwiftMethods.write(plugins.methods, all: "ofPlugins", of: "plugins", to: &methods)
    files["Sources/WherryWire/Generated/PluginMethods.swift"] = methods.text

    var calls = SourceText(from: Self.pluginSchema, imports: ["package import WherryWire"])
    SwiftStubs.writeClient(plugins, named: "PluginCalls", to: &calls)
    files["Sources/WherryRPC/Generated/PluginCalls.swift"] = calls.text
  }

  private static func source(_ imports: [String], rules: [Rule]) -> SourceText {
    // An import nothing needs is a warning.
    let usesModel = rules.contains { rule in
      guard case .map(let fields) = rule.body else { return false }
      return fields.contains { SwiftNames.handwritten[$0.type.leaf] != nil }
    }
    return SourceText(from: wireSchema, imports: usesModel ? imports : Array(imports.prefix(1)))
  }

  /// The rules with a generated type, a file's name for each section of the schema.
  private static func sections(_ rules: [Rule]) -> [String: [Rule]] {
    Dictionary(grouping: rules.filter(SwiftTypes.isGenerated)) { rule in
      SwiftNames.type((rule.section ?? "messages").split(separator: " ").joined(separator: "-"))
    }
  }
}
