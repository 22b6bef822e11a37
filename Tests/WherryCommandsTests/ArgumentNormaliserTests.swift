import ArgumentParser
import Testing

@testable import WherryCommands

struct ArgumentNormaliserTests {
  static let run = RunVerb.flagSet

  static let flagsOfRunAreRewrittenAsPflagReadsThemCases: [([String], [String])] = [
    (["-it", "alpine"], ["--interactive", "--tty", "--", "alpine"]),
    (["-dit", "alpine"], ["--detach", "--interactive", "--tty", "--", "alpine"]),
    (["-m64m", "alpine"], ["--memory=64m", "--", "alpine"]),
    (["-m=64m", "alpine"], ["--memory=64m", "--", "alpine"]),
    (["-m", "64m", "alpine"], ["--memory=64m", "--", "alpine"]),
    (["-eFOO=bar", "alpine"], ["--env=FOO=bar", "--", "alpine"]),
    (["-e", "FOO=bar", "-e=X", "alpine"], ["--env=FOO=bar", "--env=X", "--", "alpine"]),
    (["-v=/a:/b", "alpine"], ["--volume=/a:/b", "--", "alpine"]),
    (["-dh", "web", "alpine"], ["--detach", "--hostname=web", "--", "alpine"]),
    (["--name=a=b", "alpine"], ["--name=a=b", "--", "alpine"]),
    (["--net", "host", "alpine"], ["--network=host", "--", "alpine"]),
    (["--entrypoint=", "alpine"], ["--entrypoint", "", "--", "alpine"]),
    (["-e", "-x", "alpine"], ["--env=-x", "--", "alpine"]),
    (["--rm", "--rm=false", "alpine"], ["--", "alpine"]),
    (["--rm=false", "--rm", "alpine"], ["--rm", "--", "alpine"]),
    (["--sig-proxy=false", "alpine"], ["--sig-proxy=false", "--", "alpine"]),
    (["alpine", "ls", "-l"], ["--", "alpine", "ls", "-l"]),
    (["alpine", "--", "x"], ["--", "alpine", "--", "x"]),
    (["--", "alpine", "-d"], ["--", "alpine", "-d"]),
    (["alpine", "--help"], ["--", "alpine", "--help"]),
    (["--help"], ["--help", "--"]),
    (["alpine", "sh", "-c", ""], ["--", "alpine", "sh", "-c", ""]),
    (["-", "x"], ["--", "-", "x"]),
  ]

  @Test(arguments: flagsOfRunAreRewrittenAsPflagReadsThemCases)
  func flagsOfRunAreRewrittenAsPflagReadsThem(_ words: [String], _ expected: [String]) throws {
    #expect(try ArgumentNormaliser.normalise(words, Self.run) == expected)
  }

  static let flagsThatAreWrongSayWhyCases: [([String], String)] = [
    (["-x", "alpine"], "unknown shorthand flag: 'x' in -x"),
    (["-ix", "alpine"], "unknown shorthand flag: 'x' in -ix"),
    (["--nonsense", "alpine"], "unknown flag: --nonsense"),
    (["---x"], "bad flag syntax: ---x"),
    (["--=x"], "bad flag syntax: --=x"),
    (["--name"], "flag needs an argument: --name"),
    (["-ie"], "flag needs an argument: 'e' in -ie"),
    (
      ["--detach=maybe"],
      "invalid argument \"maybe\" for \"-d, --detach\" flag: "
        + "strconv.ParseBool: parsing \"maybe\": invalid syntax"
    ),
    (
      ["--cgroup-parent", "x", "alpine"],
      "--cgroup-parent: containers are in wherry.slice, whose limits systemd keeps"
    ),
  ]

  @Test(arguments: flagsThatAreWrongSayWhyCases)
  func flagsThatAreWrongSayWhy(_ words: [String], _ message: String) {
    #expect(throws: UsageError(message: message)) { try ArgumentNormaliser.normalise(words, Self.run) }
  }

  @Test func flagsMayFollowWordsWhereTheVerbAllowsIt() throws {
    #expect(
      try ArgumentNormaliser.normalise(["web", "-f", "db", "-v"], RmVerb.flagSet)
        == ["--force", "--volumes", "--", "web", "db"])
  }

  @Test func helpIsHelpWhereTheLetterIsFree() throws {
    #expect(try ArgumentNormaliser.normalise(["-h"], PsVerb.flagSet) == ["--help", "--"])
  }

  @Test func argumentParserReadsWhatTheNormaliserWrites() throws {
    let run = try ClientMain.parse(
      RunVerb.self,
      [
        "-dit", "--rm", "-e", "A=-1", "-e", "B", "-m64m", "-h", "box", "--sig-proxy=0", "alpine", "ls", "-l",
        "--", "",
      ])
    #expect(run.detach && run.options.interactive && run.options.tty && run.options.rm)
    #expect(run.options.env == ["A=-1", "B"])
    #expect(run.options.resources.memory == "64m")
    #expect(run.options.hostname == "box")
    #expect(!run.sigProxy)
    #expect(run.words == ["alpine", "ls", "-l", "--", ""])
  }

  @Test(arguments: VerbTable.verbs.keys.sorted())
  func everyFlagOfTheNormaliserIsKnownToArgumentParser(_ name: String) throws {
    let verb = try #require(VerbTable.verbs[name])
    for flag in verb.flagSet.flags {
      let words: [String]
      switch flag.kind {
      case .toggle: words = ["--\(flag.name)"]
      case .boolean: words = ["--\(flag.name)=true"]
      case .value: words = ["--\(flag.name)=1"]
      case .later: continue
      }
      #expect(throws: Never.self, "\(name) --\(flag.name)") { try verb.parse(words) }
    }
  }

  @Test(arguments: VerbTable.verbs.keys.sorted())
  func noFlagIsDeclaredTwice(_ name: String) throws {
    let flags = try #require(VerbTable.verbs[name]).flagSet.flags
    #expect(
      Set(flags.flatMap { [$0.name] + $0.aliases }).count == flags.reduce(0) { $0 + 1 + $1.aliases.count })
    let letters = flags.compactMap(\.short)
    #expect(Set(letters).count == letters.count)
  }
}
