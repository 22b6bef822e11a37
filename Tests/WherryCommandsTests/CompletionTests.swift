import Testing

@testable import WherryCommands

struct CompletionTests {
  private func words(_ line: String...) -> [String] { CompletionRequest(line).words.map(\.word) }

  @Test func theFirstWordIsAnyVerbOrGroup() {
    let first = Set(words("r"))
    #expect(first.isSuperset(of: VerbTable.verbs.keys))
    #expect(first.isSuperset(of: ["container", "network", "daemon", "help"]))
    #expect(!first.contains("internal"))
    #expect(Set(words("container", "")) == Set(VerbTable.groups["container"]?.keys.sorted() ?? []))
    #expect(words("nonsense", "") == [])
  }

  @Test(arguments: VerbTable.verbs.keys.sorted())
  func everyVerbCompletesItsFlags(_ name: String) throws {
    let verb = try #require(VerbTable.verbs[name])
    let offered = Set(words(name, "--"))
    for flag in verb.flagSet.flags {
      if case .later = flag.kind {
        #expect(!offered.contains("--" + flag.name))
      } else {
        #expect(offered.contains("--" + flag.name))
      }
    }
  }

  static let namesCases: [([String], [CompletionRequest.Names])] = [
    (["stop", ""], [.runningContainers]), (["rm", "-f", "a", ""], [.containers]),
    (["container", "start", ""], [.containers]), (["rmi", ""], [.images]), (["run", "-it", ""], [.images]),
    (["run", "-it", "box", ""], []), (["run", "--network", ""], [.networks]),
    (["run", "--network="], [.networks]), (["network", "connect", ""], [.networks]),
    (["network", "connect", "n", ""], [.containers]), (["network", "create", ""], []),
    (["volume", "rm", "a", ""], [.volumes]), (["exec", "-e", "A=b", ""], [.runningContainers]),
    (["exec", "c", ""], []), (["-c", ""], [.contexts]), (["context", "use", ""], [.contexts]),
    (["-H", "unix:///x", "logs", ""], [.containers]), (["pull", ""], [.images]),
    (["inspect", ""], [.containers, .images, .networks, .volumes]), (["diff", "c", ""], []),
  ]

  @Test(arguments: namesCases)
  func whatIsNamedIsAskedFor(_ line: [String], _ names: [CompletionRequest.Names]) {
    #expect(CompletionRequest(line).names == names)
  }

  @Test func aValueAfterTheEqualSignKeepsItsFlag() {
    let request = CompletionRequest(["run", "--restart=un"])
    #expect(request.lead == "--restart=")
    #expect(request.typed == "un")
    #expect(request.words.map(\.word).contains("unless-stopped"))
  }

  @Test func flagsBeforeTheVerbSayWhereTheDaemonIs() {
    #expect(CompletionRequest(["-H", "unix:///x", "logs", ""]).options == ["-H", "unix:///x"])
    #expect(CompletionRequest(["logs", "-n", ""]).names == [])
  }

  @Test func afterRunsImageFlagsAreTheCommands() {
    #expect(words("run", "box", "-") == [])
    #expect(words("ps", "--", "-") == [])
    #expect(CompletionRequest(["cp", ""]).files)
    #expect(CompletionRequest(["run", "--env-file", ""]).files)
    #expect(CompletionRequest([]).words.isEmpty == false)
  }
}
