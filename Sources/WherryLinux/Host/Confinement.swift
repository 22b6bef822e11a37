import CWherryLinux
import Glibc

/// What a process may give up for itself. For the short-lived workers that read hostile bytes.
/// Landlock and capabilities hold for the calling thread and what it starts: call first thing
/// in `main`, before any other thread exists.
package enum Confinement {
  /// Neither this process nor its children gain rights by setuid programs, prctl(2).
  package static func forbidNewPrivileges() throws(SystemError) {
    try systemCall("forbid", "new privileges") { wherry_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }
  }

  /// `signal` is sent to this process when the thread that started it ends. Where the parent
  /// has ended already, throws ESRCH.
  package static func endWithParent(_ parent: Int32, signal: Int32 = SIGKILL) throws(SystemError) {
    try systemCall("set", "parent death signal") {
      wherry_prctl(PR_SET_PDEATHSIG, UInt(signal), 0, 0, 0)
    }
    if getppid() != parent { throw SystemError(errno: ESRCH, "watch parent", "\(parent)") }
  }

  /// No core dumps, and /proc/self belongs to root, prctl(2).
  package static func forbidDumps() throws(SystemError) {
    try systemCall("forbid", "core dumps") { wherry_prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) }
  }

  /// Orphaned descendants become our children.
  package static func becomeSubreaper() throws(SystemError) {
    try systemCall("become", "subreaper") { wherry_prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }
  }

  /// Keeps the capabilities with these numbers (capabilities(7)) and drops all others, from the
  /// bounding set too.
  package static func keepCapabilities(_ kept: Set<Int>) throws(SystemError) {
    for number in 0..<64 where !kept.contains(number) {
      if wherry_prctl(PR_CAPBSET_DROP, UInt(number), 0, 0, 0) == -1 {
        if errno == EINVAL { break }  // past the last the kernel knows
        throw .last("drop", "capability \(number)")
      }
    }
    let mask = kept.reduce(into: UInt64(0)) { mask, number in
      if (0..<64).contains(number) { mask |= 1 << UInt64(number) }
    }
    let current = try effectiveCapabilities()
    try systemCall("drop", "capabilities") { wherry_set_capabilities(mask & current, mask & current, 0) }
  }

  package static func effectiveCapabilities() throws(SystemError) -> UInt64 {
    let text = try Files.readText("/proc/thread-self/status", maximum: 16 << 10)
    for line in text.split(separator: "\n") where line.hasPrefix("CapEff:") {
      return UInt64(line.dropFirst(7).filter { !$0.isWhitespace }, radix: 16) ?? 0
    }
    return 0
  }
}

/// Restricts a process to parts of the file system, landlock(7).
package enum Landlock {
  /// Version of the kernel's interface; 0 where there is none.
  package static var version: Int { max(Int(wherry_landlock_abi()), 0) }

  /// From now on only `readable` may be read and executed, and `writable` changed in any way.
  /// Already open descriptors stay as they are. False, and nothing changed, where the kernel
  /// has no Landlock. Requires `Confinement.forbidNewPrivileges` or CAP_SYS_ADMIN.
  package static func restrict(readable: [String], writable: [String]) throws(SystemError) -> Bool {
    let version = version
    if version == 0 { return false }
    let read = UInt64(
      LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
    // Version 1 knows the first 13 rights; 2 adds REFER, 3 TRUNCATE.
    var all: UInt64 = (1 << 13) - 1
    if version >= 2 { all |= 1 << 13 }
    if version >= 3 { all |= 1 << 14 }
    let ruleset = FileDescriptor(
      owning: try systemCall("make", "Landlock rules") { wherry_landlock_create(all) })
    for path in readable { try allow(path, read, ruleset) }
    for path in writable { try allow(path, all, ruleset) }
    try systemCall("apply", "Landlock rules") { wherry_landlock_restrict(ruleset.rawValue) }
    return true
  }

  private static func allow(_ path: String, _ access: UInt64, _ ruleset: borrowing FileDescriptor)
    throws(SystemError)
  {
    let file = try FileDescriptor.open(path, [.pathOnly])
    // Rights of folders make no sense on a file, and the kernel refuses them.
    let onFiles = UInt64(
      LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | 1 << 14)
    let isFolder = try file.status().kind == FileStatus.Kind.directory
    let granted = isFolder ? access : access & onFiles
    let number = ruleset.rawValue
    try systemCall("allow", path) { wherry_landlock_allow(number, file.rawValue, granted) }
  }
}
