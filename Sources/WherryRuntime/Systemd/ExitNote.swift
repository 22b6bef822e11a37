import WherryEngine
import WherryLinux
import WherryModel

/// How a container's last run ended, as the unit's hook writes it into the exits folder: `KEY=VALUE` lines.
/// conmon writes its bare code there first, where it is in charge.
struct ExitNote: Sendable, Equatable {
  var code: UInt8
  var finishedAt: Timestamp
  var startedAt: Timestamp?
  var outOfMemory = false
  /// How often its policy has started it again before this end.
  var restarts: UInt64 = 0
  /// Its policy's last word: systemd has been told not to start it again.
  var isFinal = false
  /// Why it could not be started at all, in the runtime's words.
  var error: String?
  /// The events tell of it.
  var isTold = false
  /// Whether the unit's hook has written it; conmon knows the code only.
  var isComplete = true

  var exit: Exit {
    var exit = Exit(
      code: code, startedAt: startedAt, finishedAt: finishedAt, outOfMemory: outOfMemory, error: error)
    exit.isTold = isTold
    return exit
  }

  /// Nil where it never ran.
  var runTime: Duration? {
    guard let startedAt, finishedAt >= startedAt else { return nil }
    return .nanoseconds(Int64(clamping: finishedAt.nanoseconds - startedAt.nanoseconds))
  }

  var text: String {
    var lines = ["code=\(code)", "finished=\(finishedAt.nanoseconds)"]
    if let startedAt { lines.append("started=\(startedAt.nanoseconds)") }
    if restarts > 0 { lines.append("restarts=\(restarts)") }
    if outOfMemory { lines.append("out-of-memory=1") }
    if isTold { lines.append("told=1") }
    if isFinal { lines.append("final=1") }
    if let error {
      lines.append("error=\(error.split(whereSeparator: \.isNewline).joined(separator: "; ").prefix(2000))")
    }
    return lines.map { $0 + "\n" }.joined()
  }

  init(code: UInt8, finishedAt: Timestamp) {
    self.code = code
    self.finishedAt = finishedAt
  }

  /// `modified` is the time where the text has none: a bare code is conmon's.
  init?(_ text: String, modified: Timestamp) {
    if let code = Int(text.trimmed) {
      self.init(code: UInt8(clamping: code), finishedAt: modified)
      isComplete = false
      return
    }
    let values = KeyValueText.parse(text)
    guard let code = values["code"].flatMap({ UInt8($0) }),
      let finished = values["finished"].flatMap({ UInt64($0) })
    else { return nil }
    self.init(code: code, finishedAt: Timestamp(nanoseconds: finished))
    startedAt = values["started"].flatMap { UInt64($0) }.map { Timestamp(nanoseconds: $0) }
    outOfMemory = values["out-of-memory"] == "1"
    restarts = values["restarts"].flatMap { UInt64($0) } ?? 0
    isTold = values["told"] == "1"
    isFinal = values["final"] == "1"
    error = values["error"]
  }

  static func read(_ path: String) throws(SystemError) -> ExitNote? {
    guard let bytes = try Files.readIfPresent(path, maximum: 16 << 10),
      let status = try Files.statusIfPresent(path)
    else { return nil }
    return ExitNote(String(decoding: bytes, as: UTF8.self), modified: Timestamp(status.modified))
  }
}
