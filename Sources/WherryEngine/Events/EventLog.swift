import Synchronization
import WherryCBOR
import WherryLinux
import WherryModel
import WherryStore
import WherryWire

/// Remembers what happened, for a while. The hooks of units write beside it (`ContainerTeller`).
final class EventLog: Sendable {
  /// What may wait to be written.
  private static let pending = 4096

  private struct Pending {
    var event: Event
    /// Of an end that somebody may have told before: when that run began, where that is known.
    var unlessTold: RunStart?
  }

  private struct State {
    /// Not in the file yet, oldest first.
    var pending: [Pending] = []
    var lost = 0
    var recorded: UInt64 = 0
    var written: UInt64 = 0
    /// A task is about to write what is pending.
    var isScheduled = false
  }

  /// When a run began; nil where nobody knows.
  struct RunStart {
    var time: Timestamp?
  }

  private let file: EventFile
  private let report: @Sendable (String) -> Void
  private let state = Mutex(State())
  /// The one thread that writes and reads the file.
  private let thread = BlockingPool(maximumThreads: 1)

  init(_ file: EventFile, report: @escaping @Sendable (String) -> Void) {
    self.file = file
    self.report = report
  }

  /// Does not wait for the file: `written` does. An end with `unlessTold` is told once, whoever told it.
  func record(_ event: Event, unlessTold start: RunStart? = nil) {
    let starts = state.withLock { state in
      if state.pending.count < Self.pending {
        state.pending.append(Pending(event: event, unlessTold: start))
      } else {
        state.lost += 1
      }
      state.recorded += 1
      defer { state.isScheduled = true }
      return !state.isScheduled
    }
    if starts { Task { await written() } }
  }

  /// Of a clean-up, `reclaimed` in bytes.
  func recordPrune(_ type: String, reclaimed: UInt64) {
    record(
      Event(time: .now(), type: type, action: "prune", id: "", attributes: ["reclaimed": "\(reclaimed)"]))
  }

  /// Suspends until what was recorded so far is in the file.
  func written() async {
    guard state.withLock({ $0.written < $0.recorded }) else { return }
    await thread.run { self.writePending() }
  }

  /// On the thread.
  private func writePending() {
    let (pending, lost, recorded) = state.withLock { state in
      defer { (state.pending, state.lost, state.isScheduled) = ([], 0, false) }
      return (state.pending, state.lost, state.recorded)
    }
    defer { state.withLock { $0.written = recorded } }
    if lost > 0 { report("\(lost) events cannot be recorded: too many at once, ignoring") }
    for entry in pending {
      do throws(SystemError) {
        if let start = entry.unlessTold, try isTold(entry.event, start) { continue }
        try file.append(entry.event.bounded)
      } catch {
        report("an event cannot be recorded: \(error), ignoring")
      }
    }
  }

  /// Whether the log tells of an end of that run: one after its start.
  private func isTold(_ end: Event, _ start: RunStart) throws(SystemError) -> Bool {
    var isDown = false
    for event in Self.events(try file.payloads(mentioning: end.id)) where event.id == end.id {
      switch event.action {
      case "start": isDown = false
      case "die": isDown = start.time.map { event.time >= $0 } ?? true
      default: break
      }
    }
    return isDown
  }

  /// From where `next` reads: behind what has been written so far, or before all that is remembered.
  func cursor(history: Bool) async throws(SystemError) -> EventCursor {
    try await thread.run { () throws(SystemError) in
      self.writePending()
      return history ? try .start(of: self.file) : try .end(of: self.file)
    }
  }

  /// What has been written since, in that order, and where to go on.
  func next(after cursor: EventCursor) async throws(SystemError) -> (events: [Event], cursor: EventCursor) {
    try await thread.run { () throws(SystemError) in
      self.writePending()
      var cursor = cursor
      let payloads = try cursor.next(self.file)
      return (Self.events(payloads), cursor)
    }
  }

  /// Told whenever there may be more to read.
  func watch() throws(SystemError) -> FileWatch {
    try FileWatch([file.folder], [.modified, .movedIn, .created])
  }

  /// Whether that is a change of the log; of an overflow nobody knows.
  static func isChange(_ event: FileWatch.Event) -> Bool {
    event.name == EventFile.name || event.changes.contains(.overflow)
  }

  private static func events(_ payloads: [[UInt8]]) -> [Event] {
    payloads.compactMap { payload in
      // A torn line, or a newer daemon's.
      do { return try Event(cbor: payload) } catch { return nil }
    }
  }
}

extension Event {
  /// As it is kept: labels without measure are not.
  var bounded: [UInt8] {
    let payload = cbor
    guard payload.count > EventFile.maximumEvent else { return payload }
    var short = self
    short.attributes = attributes.filter { ["name", "image", "exitCode", "signal"].contains($0.key) }
    return short.cbor
  }
}
