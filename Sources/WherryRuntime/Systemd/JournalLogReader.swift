import Synchronization
import WherryEngine
import WherryLinux
import WherryModel
import WherrySystemd

/// A container's output from the journal, pulled line by line by one consumer.
final class JournalLogReader: Sendable {
  private struct State {
    var journal: JournalReader?
    var lines: [LogLine] = []
    var atEnd = false
    var lastRound = false
  }

  private let unit: String
  private let query: LogQuery
  private let pool: BlockingPool
  private let ended: EndOfContainer
  private let state = Mutex(State())
  private static let batch = 128

  /// `waitForEnd` returns when the container is down for good.
  init(
    unit: String, query: LogQuery, pool: BlockingPool, waitForEnd: @escaping @Sendable () async throws -> Void
  ) {
    self.unit = unit
    self.query = query
    self.pool = pool
    ended = EndOfContainer(query.follow ? waitForEnd : nil)
  }

  /// Nil after the last line.
  func next() async throws -> LogLine? {
    while true {
      let (line, atEnd) = state.withLock { state in
        (state.lines.isEmpty ? nil : state.lines.removeFirst(), state.atEnd)
      }
      if let line { return line }
      if atEnd { return nil }
      try Task.checkCancellation()
      let journal = try await opened()
      let found = try await fill(journal)
      if found { continue }
      guard query.follow, !state.withLock({ $0.lastRound }) else { return nil }
      let isOver = try await ended.orReadable(try journal.changeDescriptor())
      if isOver {
        // What was on its way to the journal comes first.
        state.withLock { $0.lastRound = true }
        try await pool.run { () throws(SystemError) in try JournalSync.synchronize() }
      }
      try await pool.run { () throws(SystemError) in try journal.acknowledge() }
    }
  }

  private func opened() async throws -> JournalReader {
    if let journal = state.withLock({ $0.journal }) { return journal }
    let (unit, query) = (unit, query)
    let journal = try await pool.run { () throws(SystemError) in
      try JournalSync.synchronize()
      let journal = try JournalReader(
        matches: ["_SYSTEMD_UNIT=\(unit)"], or: DroppedMessages.matches)
      // Before reading, so that no change is missed in between.
      _ = try journal.changeDescriptor()
      try JournalOutput.seek(journal, query)
      return journal
    }
    state.withLock { $0.journal = journal }
    return journal
  }

  /// Reads some lines; false when there are none for now.
  private func fill(_ journal: JournalReader) async throws -> Bool {
    let (unit, until) = (unit, query.until)
    let (lines, atEnd) = try await pool.run { () throws(SystemError) in
      var lines: [LogLine] = []
      while lines.count < Self.batch, let entry = try journal.next() {
        guard let line = JournalOutput.line(entry, of: unit) else { continue }
        if let until, line.time > until { return (lines, true) }
        lines.append(line)
      }
      return (lines, false)
    }
    state.withLock { state in
      state.lines = lines
      state.atEnd = atEnd
    }
    return !lines.isEmpty || atEnd
  }
}

/// What of a unit's messages is the container's output.
enum JournalOutput {
  static func isOutput(_ entry: JournalEntry) -> Bool {
    entry.identifier != UnitPlan.helperIdentifier && entry.transport != "driver"
  }

  /// Nil for what is neither output nor a note of output that was dropped.
  static func line(_ entry: JournalEntry, of unit: String) -> LogLine? {
    if let count = DroppedMessages.count(entry, of: unit) {
      var line = Self.line(entry)
      line.stream = .stderr
      line.data = Array(
        "wherry: \(count) messages were dropped here: they came too fast for the journal\n".utf8)
      line.dropped = count
      return line
    }
    return isOutput(entry) ? Self.line(entry) : nil
  }

  static func line(_ entry: JournalEntry) -> LogLine {
    let (nanoseconds, overflow) = entry.time.multipliedReportingOverflow(by: 1_000)
    return LogLine(
      stream: entry.priority <= 3 ? .stderr : .stdout,
      time: Timestamp(nanoseconds: overflow ? .max : nanoseconds), data: entry.output)
  }

  /// Puts the cursor before the first entry to deliver.
  static func seek(_ journal: JournalReader, _ query: LogQuery) throws(SystemError) {
    let since = query.since.map { $0.nanoseconds / 1_000 }
    guard let tail = query.tail else {
      if let since { return try journal.seek(microseconds: since) }
      return try journal.seekToStart()
    }
    try journal.seekToEnd()
    var count: UInt64 = 0
    var isLast = true
    while let entry = try journal.previous() {
      guard isOutput(entry) else { continue }
      // An entry that ends a line begins a further one, seen from the end.
      if entry.endsLine || isLast {
        if count == tail { return }
        count += 1
      }
      isLast = false
      if let since, entry.time < since { return }
    }
    try journal.seekToStart()
  }
}
