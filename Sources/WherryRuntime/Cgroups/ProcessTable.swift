import Glibc
import WherryEngine
import WherryLinux
import WherryModel

/// The processes of a container, from /proc: no `ps` needed, neither in the container nor on the device.
enum ProcessTable {
  /// Those in the first process's PID namespace or below, which a group that others share would not tell apart.
  /// One that ends meanwhile is left out.
  static func below(_ first: Int32) throws(SystemError) -> [ProcessEntry] {
    guard let namespace = try namespace(first) else { return [] }
    let own = try Self.namespace(getpid())
    // With the device's own PID namespace it is the descendants that count.
    if namespace == own { return try descendants(of: first) }
    var result: [ProcessEntry] = []
    for pid in try numbers() where try Self.namespace(pid) == namespace {
      if let process = try process(pid) { result.append(process) }
    }
    return result
  }

  private static func descendants(of first: Int32) throws(SystemError) -> [ProcessEntry] {
    var result: [ProcessEntry] = []
    var family: Set<Int32> = [first]
    // Ascending numbers: parents nearly always come before their children.
    for pid in try numbers() {
      guard let process = try process(pid), pid == first || family.contains(process.parent) else { continue }
      family.insert(pid)
      result.append(process)
    }
    return result
  }

  private static func numbers() throws(SystemError) -> [Int32] {
    try Files.list("/proc").compactMap { Int32($0) }.sorted()
  }

  private static func namespace(_ pid: Int32) throws(SystemError) -> String? {
    try unlessGone { () throws(SystemError) in try Files.readLink("/proc/\(pid)/ns/pid") }
  }

  private static func process(_ pid: Int32) throws(SystemError) -> ProcessEntry? {
    try unlessGone { () throws(SystemError) -> ProcessEntry? in
      guard let line = StatLine(try Files.readText("/proc/\(pid)/stat", maximum: 4096)) else { return nil }
      let uid = try Files.status("/proc/\(pid)", following: true).userID
      let arguments = try Files.read("/proc/\(pid)/cmdline", maximum: 64 << 10)
      let words = arguments.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
      return ProcessEntry(
        pid: pid, parent: line.parent, uid: uid,
        startedAt: try WherryLinux.ProcessFacts.timestamp(ofStartTime: line.startTime),
        processorTime: line.processorTime, terminal: line.terminal,
        command: words.isEmpty ? "[\(line.name)]" : words.joined(separator: " "),
        user: try HostUsers.user(uid)?.name)
    } ?? nil
  }

  /// Nil where it has gone, or is one that even root may not look at: then it is none of a container's.
  private static func unlessGone<Value>(_ body: () throws(SystemError) -> Value) throws(SystemError) -> Value?
  {
    do {
      return try body()
    } catch {
      if [ENOENT, ESRCH, EACCES, EPERM].contains(error.errno) { return nil }
      throw error
    }
  }
}

/// `/proc/PID/stat`, proc(5). The name in field 2 may hold spaces and parentheses.
struct StatLine {
  var name: String
  var parent: Int32
  var startTime: UInt64
  /// Nanoseconds in user and kernel mode.
  var processorTime: UInt64
  /// As ps(1) names it.
  var terminal: String

  init?(_ text: String) {
    guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"), open < close else {
      return nil
    }
    name = String(text[text.index(after: open)..<close])
    let fields = text[text.index(after: close)...].split(separator: " ")
    guard fields.count > 19, let parent = Int32(fields[1]), let device = Int32(fields[4]),
      let user = UInt64(fields[11]), let system = UInt64(fields[12]), let start = UInt64(fields[19])
    else { return nil }
    self.parent = parent
    startTime = start
    let perSecond = UInt64(max(sysconf(Int32(_SC_CLK_TCK)), 1))
    processorTime = (user &+ system).multipliedReportingOverflow(by: 1_000_000_000 / perSecond).partialValue
    terminal = Self.terminal(UInt32(bitPattern: device))
  }

  /// Bits 31 to 20 and 7 to 0 are the minor number, 15 to 8 the major.
  private static func terminal(_ device: UInt32) -> String {
    let (major, minor) = ((device >> 8) & 0xff, (device & 0xff) | ((device >> 12) & 0xfff00))
    switch major {
    case 0: return "?"
    case 4: return minor < 64 ? "tty\(minor)" : "ttyS\(minor - 64)"
    case 136...143: return "pts/\((major - 136) * 256 + minor)"
    default: return "\(major),\(minor)"
    }
  }
}
