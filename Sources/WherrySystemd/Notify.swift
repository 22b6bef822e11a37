import CLibSystemd
import Glibc
import WherryLinux

/// What a service tells its manager, sd_notify(3). Does nothing where nobody asked
/// (`NOTIFY_SOCKET` unset), and failures are the manager's loss: it has its own timeouts.
package enum Notify {
  package static func ready(status: String? = nil) {
    send(["READY=1"] + line("STATUS", status))
  }

  /// Ready, with another process as the service's main one. Returns when the manager has taken note
  /// (sd_notify_barrier(3)), or after `patience`.
  package static func ready(mainPID: Int32, patience: Duration = .seconds(10)) {
    send(["MAINPID=\(mainPID)", "READY=1"])
    waitUntilNoted(patience)
  }

  /// The manager closes the descriptor that it gets after all it was told before.
  private static func waitUntilNoted(_ patience: Duration) {
    do {
      let (reading, writing) = try Pipe().ends()
      let end = FileDescriptor(owning: reading)
      let sent = wherry_notify("BARRIER=1", writing)
      _ = close(writing)
      guard sent > 0 else { return }
      var watched = pollfd(fd: end.rawValue, events: 0, revents: 0)
      let milliseconds = Int32(clamping: microseconds(patience) / 1000)
      while poll(&watched, 1, milliseconds) < 0, errno == EINTR {}
      withExtendedLifetime(end) {}
    } catch {
      // Without descriptors to spare: the manager takes note all the same, later.
    }
  }

  package static func stopping(status: String? = nil) {
    send(["STOPPING=1"] + line("STATUS", status))
  }

  package static func status(_ text: String) {
    send(line("STATUS", text))
  }

  /// Asks for so much more time to start or stop, from now.
  package static func extendTimeout(_ duration: Duration) {
    send(["EXTEND_TIMEOUT_USEC=\(microseconds(duration))"])
  }

  private static func microseconds(_ duration: Duration) -> UInt64 {
    let seconds = UInt64(max(duration.components.seconds, 0))
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    return overflow ? .max : product
  }

  private static func line(_ key: String, _ value: String?) -> [String] {
    guard let value else { return [] }
    return ["\(key)=\(value.split(whereSeparator: \.isNewline).joined(separator: " "))"]
  }

  private static func send(_ lines: [String]) {
    _ = wherry_notify(lines.joined(separator: "\n"), -1)
  }
}

/// Whether systemd is PID 1 here, sd_booted(3).
package enum Systemd {
  package static var isRunning: Bool {
    var status = stat()
    return lstat("/run/systemd/system", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
