import Glibc
import WherryLinux
import WherryModel

/// What the kernel granted of the confinement.
struct ConfinementReport: Sendable, Equatable {
  /// Landlock's ABI version; 0 where the kernel has none that is of use.
  var landlock: UInt64
  /// Effective capabilities, as bits.
  var capabilities: UInt64
  var noNewPrivileges: Bool
}

/// Takes from the worker, before it reads a hostile byte, all it does not need: it writes below its
/// staging folder only, gains no privileges, and keeps the capabilities that files of any owner and
/// device nodes take.
enum WorkerConfinement {
  /// capabilities(7): CHOWN, DAC_OVERRIDE, FOWNER, FSETID, MKNOD, SETFCAP.
  static let kept: Set<Int> = [0, 1, 3, 4, 27, 31]
  static let keptBits: UInt64 = kept.reduce(0) { $0 | 1 << UInt64($1) }
  /// Version 1 forbids hard links between folders.
  static let minimumLandlock = 2

  static func apply(writable: String, readable: [String]) throws(WherryError) -> ConfinementReport {
    let threads = try WherryError.converting("count threads") { () throws(SystemError) in
      try Files.list("/proc/self/task").count
    }
    // All this holds for a thread and those it starts.
    guard threads == 1 else {
      throw WherryError(.internal, "fetch worker has \(threads) threads before it is confined")
    }
    return try WherryError.converting("confine fetch worker") { () throws(SystemError) in
      umask(0)
      try limit(RLIMIT_CORE, 0)
      try limit(RLIMIT_NOFILE, 256)
      // Over any honest need; a decompressor that is told to take a window of gigabytes fails.
      try limit(RLIMIT_DATA, 512 << 20)
      try Confinement.forbidDumps()
      try Confinement.forbidNewPrivileges()
      var landlock = 0
      if Landlock.version >= minimumLandlock {
        var present: [String] = []
        for path in readable where try Files.exists(path) { present.append(path) }
        if try Landlock.restrict(readable: present, writable: [writable]) { landlock = Landlock.version }
      }
      try Confinement.keepCapabilities(kept)
      return ConfinementReport(
        landlock: UInt64(landlock), capabilities: try Confinement.effectiveCapabilities(),
        noNewPrivileges: true)
    }
  }

  private static func limit(_ resource: __rlimit_resource, _ value: UInt) throws(SystemError) {
    var limits = rlimit()
    let resource = __rlimit_resource_t(resource.rawValue)
    guard getrlimit(resource, &limits) == 0 else { throw .last("read", "limits") }
    let wanted = min(value, limits.rlim_max)
    limits = rlimit(rlim_cur: wanted, rlim_max: wanted)
    guard setrlimit(resource, &limits) == 0 else { throw .last("set", "limits") }
  }
}
