import CWherryLinux
import Glibc
package import WherryModel

/// A process that cannot be mistaken for a later one with the same number: number, start time
/// and boot. This is what records keep.
package struct ProcessIdentity: Hashable, Sendable {
  package var pid: Int32
  /// Clock ticks after boot, proc(5), /proc/PID/stat field 22.
  package var startTime: UInt64
  package var bootID: String

  package init(pid: Int32, startTime: UInt64, bootID: String) {
    self.pid = pid
    self.startTime = startTime
    self.bootID = bootID
  }

  /// The process that has this number now; nil when there is none, or only its remains (zombie).
  package static func of(_ pid: Int32) throws(SystemError) -> ProcessIdentity? {
    guard let facts = try ProcessFacts.of(pid), !facts.isZombie else { return nil }
    return ProcessIdentity(pid: pid, startTime: facts.startTime, bootID: try BootID.current())
  }

  /// Whether exactly this process runs still.
  package func isRunning() throws(SystemError) -> Bool {
    try Self.of(pid) == self
  }
}

/// Fields of /proc/PID/stat.
package struct ProcessFacts: Sendable, Equatable {
  package var state: Character
  package var parent: Int32
  package var startTime: UInt64

  package init(state: Character, parent: Int32, startTime: UInt64) {
    self.state = state
    self.parent = parent
    self.startTime = startTime
  }

  package var isZombie: Bool { state == "Z" || state == "X" }

  /// Nil where there is no such process.
  package static func of(_ pid: Int32) throws(SystemError) -> ProcessFacts? {
    guard pid > 0 else { return nil }
    do {
      return parse(try Files.readText("/proc/\(pid)/stat", maximum: 4096))
    } catch {
      // ESRCH: it ended between open and read.
      if error.errno == ENOENT || error.errno == ESRCH { return nil }
      throw error
    }
  }

  /// The name in field 2 may hold spaces and parentheses: what counts starts after the last `)`.
  package static func parse(_ text: String) -> ProcessFacts? {
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 19, let state = fields[0].first, let parent = Int32(fields[1]),
      let start = UInt64(fields[19])
    else { return nil }
    return ProcessFacts(state: state, parent: parent, startTime: start)
  }
}

extension ProcessFacts {
  /// The wall-clock moment a start time in clock ticks stands for, as exact as the ticks are.
  package static func timestamp(ofStartTime ticks: UInt64) throws(SystemError) -> Timestamp {
    let perSecond = UInt64(max(sysconf(Int32(_SC_CLK_TCK)), 1))
    let sinceBoot = ticks.multipliedReportingOverflow(by: 1_000_000_000 / perSecond).partialValue
    let now = Timestamp.now().nanoseconds
    let uptime = Uptime.nanoseconds()
    let age = uptime > sinceBoot ? uptime - sinceBoot : 0
    return Timestamp(nanoseconds: now > age ? now - age : 0)
  }
}
