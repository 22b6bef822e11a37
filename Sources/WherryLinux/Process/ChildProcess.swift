import CWherryLinux
import Glibc
import Synchronization

/// A process we started. It is reaped by `wait`, or in the background when nobody waits.
package final class ChildProcess: Sendable {
  package let pid: Int32
  package let handle: PIDFD
  private let status = Mutex<ExitStatus?>(nil)

  init(pid: Int32) throws(SystemError) {
    self.pid = pid
    handle = try PIDFD(pid: pid)
  }

  deinit {
    let handle = handle
    let reaped = status.withLock { $0 != nil }
    if !reaped { Self.reapLater(handle) }
  }

  /// Suspends until it has ended. May be called more than once. When the waiting task is
  /// cancelled the process goes on.
  package func wait() async throws -> ExitStatus {
    while true {
      if let status = try reap() { return status }
      try await handle.waitForExit()
    }
  }

  /// Blocks until it has ended, for processes without tasks.
  package func waitBlocking() throws(SystemError) -> ExitStatus {
    try status.withLock { status throws(SystemError) in
      if let status { return status }
      let ended = try Self.reap(handle, 0) ?? .exited(255)
      status = ended
      return ended
    }
  }

  /// How it ended; nil while it runs.
  package func reap() throws(SystemError) -> ExitStatus? {
    try status.withLock { status throws(SystemError) in
      if let status { return status }
      status = try Self.reap(handle)
      return status
    }
  }

  /// False when it has ended.
  @discardableResult
  package func send(_ signal: Int32) throws(SystemError) -> Bool {
    try handle.send(signal)
  }

  private static func reap(_ handle: PIDFD, _ flags: Int32 = WNOHANG) throws(SystemError) -> ExitStatus? {
    var code: Int32 = 0
    var status: Int32 = 0
    let reaped = try systemCall("wait for process", "\(handle.pid)") {
      wherry_reap(handle.rawValue, flags, &code, &status)
    }
    return reaped == 1 ? ExitStatus(code: code, status: status) : nil
  }

  private static func reapLater(_ handle: PIDFD) {
    Readiness.shared.notify(handle.rawValue, for: .readable) {
      // ECHILD: somebody else did. Nothing to say to anyone.
      do { _ = try reap(handle) } catch {}
    }
  }
}
