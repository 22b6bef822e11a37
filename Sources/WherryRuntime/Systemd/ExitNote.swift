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
  /// Why it could not be started at all, in the runtime's words.
  var error: String?

  var exit: Exit {
    Exit(
      code: code, startedAt: startedAt, finishedAt: finishedAt, outOfMemory: outOfMemory, error: error)
  }

  var text: String {
    var lines = ["code=\(code)", "finished=\(finishedAt.nanoseconds)"]
    if let startedAt { lines.append("started=\(startedAt.nanoseconds)") }
    if restarts > 0 { lines.append("restarts=\(restarts)") }
    if outOfMemory { lines.append("out-of-memory=1") }
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
    error = values["error"]
  }

  static func read(_ path: String) throws(SystemError) -> ExitNote? {
    guard let bytes = try Files.readIfPresent(path, maximum: 16 << 10),
      let status = try Files.statusIfPresent(path)
    else { return nil }
    return ExitNote(String(decoding: bytes, as: UTF8.self), modified: Timestamp(status.modified))
  }
}
