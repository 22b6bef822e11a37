import ArgumentParser
import Testing
import WherryModel

@testable import WherryCommands

struct EntryTests {
  @Test func verbsAreFoundByNameAndByGroup() throws {
    #expect(try VerbTable.find(["ps", "-a"])?.verb == PsVerb.self)
    #expect(try VerbTable.find(["container", "ls", "-a"])?.verb == PsVerb.self)
    #expect(try VerbTable.find(["image", "rm", "x"])?.rest == ["x"])
    #expect(try VerbTable.find(["container"]) == nil)
    #expect(throws: UsageError.self) { try VerbTable.find(["nonsense"]) }
    #expect(throws: UsageError.self) { try VerbTable.find(["container", "nonsense"]) }
  }

  static let runEndsWithDockersCodesCases: [(WherryError.Code, Int32)] = [
    (WherryError.Code.commandNotFound, 127), (.commandNotExecutable, 126), (.notFound, 125),
    (.unavailable, 125),
  ]

  @Test(arguments: runEndsWithDockersCodesCases)
  func runEndsWithDockersCodes(_ code: WherryError.Code, _ expected: Int32) {
    #expect(ExitCodes.code(of: WherryError(code, "x"), failure: 125) == expected)
    #expect(ExitCodes.code(of: WherryError(code, "x"), failure: 1) == 1)
  }

  @Test func aProcessCodeIsAByte() {
    #expect(ExitCodes.process(137) == 137)
    #expect(ExitCodes.process(1 << 40) == 255)
    #expect(ExitCodes.process(nil) == 0)
  }

  @Test func theNumberOfWordsIsChecked() {
    #expect(
      throws: UsageError(message: "\"wherry stop\" requires at least 1 argument.", exitCode: 1)
    ) { try StopVerb.require([], .atLeast(1)) }
    #expect(
      throws: UsageError(message: "\"wherry ps\" accepts no arguments.", exitCode: 1)
    ) { try PsVerb.require(["x"], .exactly(0)) }
  }

  @Test(arguments: VerbTable.verbs.keys.sorted())
  func everyVerbHasHelp(_ name: String) throws {
    let verb = try #require(VerbTable.verbs[name])
    #expect(verb.helpMessage().contains("wherry \(verb.synopsis)"))
    #expect(verb.configuration.abstract.isEmpty == false)
  }
}
