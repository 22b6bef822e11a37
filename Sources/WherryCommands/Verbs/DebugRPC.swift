import ArgumentParser
import Glibc
import WherryClient

struct DebugRPCVerb: Verb {
  static let synopsis = "debug rpc [OPTIONS] COMMAND [ARG...] | debug rpc --read FILE"
  static let configuration: CommandConfiguration = describe(
    "rpc", "Print every message a command exchanges with the daemon")
  static let flagSet = FlagSet(flags: [.value("capture"), .value("read")], interspersed: false)

  @Option(help: "Append the messages to this file too, as a CBOR sequence")
  var capture: String?
  @Option(help: "Print what a capture holds")
  var read: String?
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    if let read {
      try Self.require(words, .exactly(0))
      for line in try CaptureFile.lines(read) { try context.console.print(line) }
      return 0
    }
    try Self.require(words, .atLeast(1))
    setenv("WHERRY_TRACE", "1", 1)
    if let capture { setenv("WHERRY_CAPTURE", capture, 1) }
    guard let (verb, rest) = try VerbTable.find(words) else {
      throw UsageError(message: "'\(words[0])' is no command", hint: "see 'wherry --help'")
    }
    return await ClientMain.perform(verb, rest, context)
  }
}
