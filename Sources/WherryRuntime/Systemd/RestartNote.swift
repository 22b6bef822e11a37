import WherryEngine
import WherryLinux
import WherryModel

/// What the unit's hook remembers from one run to the next, in the file `restarts` of the bundle: how often the
/// container has ended since the engine started it, and when it may run again. systemd 252 knows neither growing
/// delays (RestartSteps= came with 254) nor, after a daemon-reload, how often it has started a unit.
struct RestartNote: Sendable, Equatable {
  var ends: UInt64 = 0
  /// The pause after the last end.
  var pause: Duration = .zero
  /// Not before.
  var due: Timestamp?
  private var backoff = RestartBackoff()

  /// Takes in an end; `ran` is nil where the process never ran.
  mutating func ended(at time: Timestamp, ran: Duration?) {
    ends = ends == .max ? .max : ends + 1
    pause = backoff.delay(afterRunning: ran)
    due = time.adding(pause)
  }

  /// How long to wait yet. Never longer than the pause, should the clock have been set back.
  func remaining(at now: Timestamp) -> Duration {
    guard let due, due > now else { return .zero }
    return min(.nanoseconds(Int64(clamping: due.nanoseconds - now.nanoseconds)), pause)
  }

  var text: String {
    var lines = [
      "ends=\(ends)", "pause=\(Self.milliseconds(pause))", "next=\(Self.milliseconds(backoff.next))",
    ]
    if let due { lines.append("due=\(due.nanoseconds)") }
    return lines.map { $0 + "\n" }.joined()
  }

  init() {}

  /// What is damaged begins anew.
  init(_ text: String) {
    let values = KeyValueText.parse(text)
    func number(_ name: String) -> UInt64? { values[name].flatMap { UInt64($0) } }
    func duration(_ name: String) -> Duration? { number(name).map { .milliseconds(Int64(clamping: $0)) } }
    ends = number("ends") ?? 0
    pause = min(duration("pause") ?? .zero, RestartBackoff.longest)
    due = number("due").map { Timestamp(nanoseconds: $0) }
    if let next = duration("next") { backoff = RestartBackoff(next: next) }
  }

  private static func milliseconds(_ duration: Duration) -> UInt64 {
    UnitPlan.microseconds(duration) / 1000
  }

  static func read(_ path: String) throws(SystemError) -> RestartNote {
    guard let bytes = try Files.readIfPresent(path, maximum: 4096) else { return RestartNote() }
    return RestartNote(String(decoding: bytes, as: UTF8.self))
  }

  func write(_ path: String) throws(SystemError) { try Files.replace(path, Array(text.utf8)) }
}

extension ContainerFiles {
  var restarts: String { bundle + "/restarts" }
  /// Who waits until the container may run again.
  var waiting: String { bundle + "/waiting" }
}
