import Synchronization
import WherryLinux
package import WherryModel
import WherryStore
package import WherryWire

extension Engine {
  /// Sends what happened since `since`, or since ever where only `until` is given, by time, and then what happens up
  /// to `until`.
  package func events(
    since: Timestamp?, until: Timestamp?, filters: [String: [String]],
    send: @escaping @Sendable (Event) async throws -> Void
  ) async throws {
    let filters = try EventFilters(filters)
    let now = Timestamp.now()
    let needsHistory = since != nil || until != nil
    // Ends that are found only now may be old.
    let since =
      needsHistory ? since : Timestamp(nanoseconds: now.nanoseconds - min(now.nanoseconds, 1_000_000_000))
    let log = context.events
    let isPast = until.map { $0 <= now } ?? false
    // Ends that only the supervisor knows of yet are told as well.
    if isPast { await containers.settleAll() }
    let watch = isPast ? nil : try log.watch()
    let telling = EventTelling(log, from: try await log.cursor(history: needsHistory)) { event in
      if let since, event.time < since { return }
      if let until, event.time > until { return }
      if filters.matches(event) { try await send(event) }
    }
    if needsHistory { try await telling.catchUp(byTime: true) }
    guard let watch else { return }
    try await withThrowingTaskGroup(of: Void.self) { group in
      defer { group.cancelAll() }
      group.addTask {
        for try await change in watch where EventLog.isChange(change) { try await telling.catchUp() }
      }
      async let _: Void = containers.settleAll()
      if let until {
        let wait = until > now ? until.nanoseconds - now.nanoseconds : 0
        group.addTask { try await Task.sleep(for: .nanoseconds(Int64(clamping: wait))) }
      }
      try await group.next()
    }
    try Task.checkCancellation()
    // What came with the last moment.
    try await telling.catchUp()
  }
}

/// Reads the log for one listener, however slow it is.
private final class EventTelling: Sendable {
  private let log: EventLog
  private let cursor: Mutex<EventCursor>
  private let tell: @Sendable (Event) async throws -> Void

  init(_ log: EventLog, from cursor: EventCursor, tell: @escaping @Sendable (Event) async throws -> Void) {
    self.log = log
    self.cursor = Mutex(cursor)
    self.tell = tell
  }

  /// Not for two tasks at a time.
  func catchUp(byTime: Bool = false) async throws {
    let read = try await log.next(after: cursor.withLock { $0 })
    cursor.withLock { $0 = read.cursor }
    let events = byTime ? EventOrder.byTime(read.events) : read.events
    for event in events { try await tell(event) }
  }
}
