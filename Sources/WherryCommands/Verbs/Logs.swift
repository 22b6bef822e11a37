import ArgumentParser
import Glibc
import WherryModel
import WherryRPC
import WherryWire

struct LogsVerb: Verb {
  static let synopsis = "logs [OPTIONS] CONTAINER [CONTAINER...]"
  static let configuration: CommandConfiguration = describe("logs", "Fetch the logs of a container")
  static let flagSet = FlagSet(flags: [
    .toggle("follow", "f"), .value("since"), .value("tail", "n"), .toggle("timestamps", "t"), .value("until"),
    .toggle("raw"), .toggle("details"),
  ])

  @Flag(name: [.customShort("f"), .long], help: "Follow log output")
  var follow = false
  @Option(help: "Show logs since timestamp (e.g. \"2026-01-02T13:23:37Z\") or relative (e.g. \"42m\")")
  var since: String?
  @Option(name: [.customShort("n"), .long], help: "Number of lines to show from the end of the logs")
  var tail: String = "all"
  @Flag(name: [.customShort("t"), .long], help: "Show timestamps")
  var timestamps = false
  @Option(help: "Show logs before timestamp or relative (e.g. \"42m\")")
  var until: String?
  @Flag(help: "Show extra details provided to logs")
  var details = false
  @Flag(help: "Pass control characters on to a terminal")
  var raw = false
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .atLeast(1))
    let now = Context.now
    let params = try words.map { (word) throws(UsageError) in try self.params(word, now: now) }
    let client = try await context.connect()
    if params.count > 1 {
      try await SeveralLogs(client: client, names: words, params: params, verb: self).show()
      return 0
    }
    let call = try await client.containerLogs(params[0])
    var stdout = writer(STDOUT_FILENO)
    var stderr = writer(STDERR_FILENO)
    for try await entry in call.output {
      if entry.stream == .stderr { try stderr.write(entry) } else { try stdout.write(entry) }
    }
    try stdout.finish()
    try stderr.finish()
    _ = try await call.result()
    return 0
  }

  func writer(_ descriptor: Int32, prefix: String = "") -> LogWriter {
    LogWriter(descriptor: descriptor, prefix: prefix, timestamps: timestamps, details: details, raw: raw)
  }

  private func params(_ name: String, now: Timestamp) throws(UsageError) -> ContainerLogsParams {
    var params = ContainerLogsParams(container: name)
    if follow { params.follow = true }
    if details { params.details = true }
    if tail != "all" {
      // As Docker: what is no number means all.
      params.tail = UInt64(tail)
    }
    params.since = try moment("since", since, now)
    params.until = try moment("until", until, now)
    return params
  }

  private func moment(_ flag: String, _ text: String?, _ now: Timestamp) throws(UsageError) -> Timestamp? {
    guard let text, !text.isEmpty else { return nil }
    return try Self.option(flag, text) { () throws(OptionError) in try TimeOption.parse(text, now: now) }
  }
}

/// One of the two streams of `logs`.
struct LogWriter {
  private let descriptor: Int32
  private let prefix: [UInt8]
  private let timestamps: Bool
  private let details: Bool
  private let filters: Bool
  private var filter = PayloadFilter()
  private var isLineStart = true

  init(descriptor: Int32, prefix: String, timestamps: Bool, details: Bool, raw: Bool) {
    self.descriptor = descriptor
    self.prefix = Array(prefix.utf8)
    self.timestamps = timestamps
    self.details = details
    filters = !raw && isatty(descriptor) == 1
  }

  mutating func write(_ entry: LogEntry) throws(ConsoleError) {
    var bytes: [UInt8] = []
    // A line that came in parts is stamped once.
    if isLineStart {
      bytes += prefix
      if timestamps { bytes += Array((Calendar.fixedWidth(entry.time) + " ").utf8) }
      if details { bytes += Array((LogDetails.text(entry.details ?? [:]) + " ").utf8) }
    }
    bytes += filters ? filter.filter(entry.data) : entry.data
    isLineStart = entry.data.last == UInt8(ascii: "\n")
    try Console.write(bytes[...], to: descriptor)
  }

  /// Shows what a filter held back.
  mutating func finish() throws(ConsoleError) {
    try Console.write(filter.finish()[...], to: descriptor)
  }
}
