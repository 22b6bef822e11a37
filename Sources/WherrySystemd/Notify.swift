import CLibSystemd

/// What a service tells its manager, sd_notify(3). Does nothing where nobody asked
/// (`NOTIFY_SOCKET` unset), and failures are the manager's loss: it has its own timeouts.
package enum Notify {
  package static func ready(status: String? = nil) {
    send(["READY=1"] + line("STATUS", status))
  }

  package static func stopping(status: String? = nil) {
    send(["STOPPING=1"] + line("STATUS", status))
  }

  package static func status(_ text: String) {
    send(line("STATUS", text))
  }

  /// Asks for so much more time to start or stop, from now.
  package static func extendTimeout(_ duration: Duration) {
    let parts = duration.components
    let microseconds = max(parts.seconds, 0).multipliedReportingOverflow(by: 1_000_000).partialValue
    send(["EXTEND_TIMEOUT_USEC=\(microseconds)"])
  }

  private static func line(_ key: String, _ value: String?) -> [String] {
    guard let value else { return [] }
    return ["\(key)=\(value.split(whereSeparator: \.isNewline).joined(separator: " "))"]
  }

  private static func send(_ lines: [String]) {
    _ = sd_notify(0, lines.joined(separator: "\n"))
  }
}

/// Whether systemd is PID 1 here, sd_booted(3).
package enum Systemd {
  package static var isRunning: Bool { sd_booted() > 0 }
}
