import Testing
import WherryWire

@testable import WherryCommands

struct PluginViewTests {
  private static let driver = PluginDetail(
    name: "folders", path: "/etc/wherry/plugins/folders", kind: .executable, enabled: true, version: "1.0",
    description: "Folders", capabilities: ["volume"], scope: "local", volumes: ["a"])
  private static let broken = PluginDetail(
    name: "odd", path: "/etc/wherry/plugins/odd.socket", kind: .socket, enabled: false,
    problem: "plugin odd: \u{1b}[31mgone")

  private static func table(_ format: String, terminal: Bool = false) throws -> String {
    try TableFormat(format, default: PluginView.standard).render(
      [driver, broken].map { PluginView.row($0, terminal: terminal) }, headers: PluginView.headers)
  }

  @Test func theTableHasDockersColumns() throws {
    let lines = try Self.table("").split(separator: "\n")
    #expect(lines.first?.split(separator: " ") == ["NAME", "DESCRIPTION", "ENABLED"])
    #expect(lines.count == 3)
    #expect(lines[1].hasSuffix("true") && lines[2].hasSuffix("false"))
  }

  /// What a plugin says cannot reach a terminal as it is.
  @Test func controlCharactersAreTakenOut() throws {
    #expect(!(try Self.table("", terminal: true).contains("\u{1b}")))
  }

  @Test func filtersAreDockers() throws {
    let filters = try PluginView.filters(["capability": ["volumedriver"], "enabled": ["true"]])
    #expect(PluginView.matches(Self.driver, filters))
    #expect(!PluginView.matches(Self.broken, filters))
    #expect(!PluginView.matches(Self.driver, ["capability": ["authz"]]))
    #expect(PluginView.matches(Self.broken, ["enabled": ["false"]]))
    #expect(throws: OptionError.self) { try PluginView.filters(["name": ["x"]]) }
    #expect(throws: OptionError.self) { try PluginView.filters(["enabled": ["maybe"]]) }
  }

  @Test(arguments: ["install", "enable", "disable", "rm", "create", "push", "set", "upgrade"])
  func whatDockerDoesWithPluginImagesIsRefusedWithTheRemedy(verb: String) {
    let error = #expect(throws: UsageError.self) { try VerbTable.find(["plugin", verb, "x"]) }
    #expect(error?.hint?.contains("/etc/wherry/plugins") ?? false)
    #expect(error?.exitCode == 1)
  }

  @Test func namesOfPluginsAreCompleted() {
    #expect(CompletionRequest(["plugin", "inspect", ""]).names == [.plugins])
  }
}
