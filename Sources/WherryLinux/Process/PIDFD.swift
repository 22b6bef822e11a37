import CWherryLinux
import Glibc

/// A handle on one process, pidfd_open(2): what it does never reaches a later process with the
/// same number.
package final class PIDFD: Sendable {
  private let file: FileDescriptor
  package let pid: Int32

  /// Of our own child that was not reaped yet, or of a process whose number cannot be reused
  /// meanwhile. Throws ESRCH where there is none.
  package init(pid: Int32) throws(SystemError) {
    file = FileDescriptor(
      owning: try systemCall("open process", "\(pid)") { wherry_pidfd_open(pid, 0) })
    self.pid = pid
  }

  /// Of exactly that process; nil when it has ended (also when another has its number now, or
  /// the machine has booted since).
  package static func open(_ identity: ProcessIdentity) throws(SystemError) -> PIDFD? {
    if try identity.bootID != BootID.current() { return nil }
    let handle: PIDFD
    do throws(SystemError) {
      handle = try PIDFD(pid: identity.pid)
    } catch {
      if error.errno == ESRCH || error.errno == EINVAL { return nil }
      throw error
    }
    // Opened first, compared second: the number cannot change hands while we hold it.
    if try handle.hasExited() { return nil }
    return try identity.isRunning() ? handle : nil
  }

  package var rawValue: Int32 { file.rawValue }

  /// False when it has ended.
  @discardableResult
  package func send(_ signal: Int32) throws(SystemError) -> Bool {
    do {
      try systemCall("signal process", "\(pid)") { wherry_pidfd_send_signal(file.rawValue, signal) }
      return true
    } catch {
      if error.errno == ESRCH { return false }
      throw error
    }
  }

  package func hasExited() throws(SystemError) -> Bool {
    var request = pollfd(fd: file.rawValue, events: Int16(POLLIN), revents: 0)
    return try systemCall("poll process", "\(pid)") { poll(&request, 1, 0) } > 0
  }

  /// Suspends until the process has ended, our child or not. Does not reap.
  package func waitForExit() async throws {
    try await Readiness.shared.wait(file.rawValue, for: .readable)
  }
}
