import WherryLinux
import WherryModel

/// Who a container's first process is and since when it runs: `PID STARTTIME BOOTID NANOSECONDS`, in a file of
/// the run directory, so that the next daemon knows.
struct StartRecord: Equatable {
  var process: ProcessIdentity
  var startedAt: Timestamp

  var text: String {
    "\(process.pid) \(process.startTime) \(process.bootID) \(startedAt.nanoseconds)\n"
  }

  init(process: ProcessIdentity, startedAt: Timestamp) {
    self.process = process
    self.startedAt = startedAt
  }

  /// Nil for anything else than a whole record.
  init?(_ text: String) {
    let fields = text.trimmed.split(separator: " ")
    guard fields.count == 4, let pid = Int32(fields[0]), let start = UInt64(fields[1]),
      let nanoseconds = UInt64(fields[3])
    else { return nil }
    process = ProcessIdentity(pid: pid, startTime: start, bootID: String(fields[2]))
    startedAt = Timestamp(nanoseconds: nanoseconds)
  }

  static func read(_ path: String) throws(SystemError) -> StartRecord? {
    guard let bytes = try Files.readIfPresent(path, maximum: 1024) else { return nil }
    return StartRecord(String(decoding: bytes, as: UTF8.self))
  }
}
