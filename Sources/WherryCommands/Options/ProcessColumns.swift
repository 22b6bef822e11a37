import WherryModel
import WherryWire

/// Which columns `top` shows, in the words of ps(1): nothing, `-ef`, or `-o` with a list. The device tells the facts
/// that are here; what else ps knows, `wherry exec` asks.
struct ProcessColumns {
  struct Column: Sendable {
    var title: String
    var value: @Sendable (ContainerProcess) -> String
  }

  private(set) var columns: [Column]

  private static let known: [String: Column] = {
    let user = Column(title: "USER") { $0.user ?? "\($0.uid)" }
    let start = Column(title: "STIME") { Self.start($0.startedAt) }
    let command = Column(title: "COMMAND") { $0.command }
    let terminal = Column(title: "TTY") { $0.terminal }
    let time = Column(title: "TIME") { Self.time($0.processorTime) }
    return [
      "pid": Column(title: "PID") { "\($0.pid)" }, "ppid": Column(title: "PPID") { "\($0.parent)" },
      "uid": Column(title: "UID") { "\($0.uid)" }, "euid": Column(title: "EUID") { "\($0.uid)" },
      "user": user, "euser": user, "uname": user, "stime": start, "start_time": start, "tty": terminal,
      "tt": terminal, "tname": terminal, "time": time, "cputime": time, "args": command, "cmd": command,
      "command": command,
      "comm": Column(title: "COMMAND") { String($0.command.prefix { $0 != " " }) },
    ]
  }()

  private static let standard: [Column] = [
    Column(title: "UID") { $0.user ?? "\($0.uid)" }, Column(title: "PID") { "\($0.pid)" },
    Column(title: "PPID") { "\($0.parent)" }, Column(title: "STIME") { start($0.startedAt) },
    Column(title: "TTY") { $0.terminal }, Column(title: "TIME") { time($0.processorTime) },
    Column(title: "CMD") { $0.command },
  ]

  init(_ words: [String]) throws(UsageError) {
    columns = Self.standard
    var names: [Substring] = []
    var rest = words[...]
    while let word = rest.popFirst() {
      if ["-ef", "-e", "-f", "-A", "-eo", "-o", "o", "--format"].contains(word) {
        guard word.hasSuffix("o") || word == "--format" else { continue }
        guard let list = rest.popFirst() else { throw Self.refusal("\(word) needs a list of columns") }
        names += list.split { $0 == "," || $0 == " " }
      } else if word.hasPrefix("-o") {
        names += word.dropFirst(2).split(separator: ",")
      } else {
        throw Self.refusal("ps option \(GoQuote.quote(word)) is not known here")
      }
    }
    guard !names.isEmpty else { return }
    columns = []
    for name in names {
      guard let column = Self.known[name.lowercased()] else {
        throw Self.refusal("ps column \(GoQuote.quote(String(name))) is not known here")
      }
      columns.append(column)
    }
    // Docker finds its processes by it.
    guard columns.contains(where: { $0.title == "PID" }) else {
      throw UsageError(message: "Couldn't find PID field in ps output", exitCode: 1)
    }
  }

  private static func refusal(_ message: String) -> UsageError {
    UsageError(
      message: message, exitCode: 1,
      hint: "-ef, or -o with some of \(known.keys.sorted().joined(separator: ",")); for others: "
        + "wherry exec CONTAINER ps …")
  }

  /// As `ps -f`: the time of day.
  private static func start(_ time: Timestamp) -> String {
    String(Calendar.local(time).dropFirst("2006-01-02 ".count).prefix("15:04".count))
  }

  /// `HH:MM:SS`
  static func time(_ nanoseconds: UInt64) -> String {
    let seconds = nanoseconds / 1_000_000_000
    return [seconds / 3600, seconds / 60 % 60, seconds % 60]
      .map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
  }
}
