import WherryLinux
package import WherryModel
package import WherryWire

extension Engine {
  /// Sends what happened since `since`, or since ever where only `until` is given, and what happens up to `until`.
  package func events(
    since: Timestamp?, until: Timestamp?, filters: [String: [String]],
    send: @escaping @Sendable (Event) async throws -> Void
  ) async throws {
    let filters = try EventFilters(filters)
    let now = Timestamp.now()
    let isLive = until.map { $0 > now } ?? true
    // Ends that only the supervisor knows of yet belong into the history.
    for entry in context.table.entries where entry.state != .created {
      do {
        try await containers.settle(entry.id.rawValue)
      } catch {
        context.settings.report("container \(entry.id.short): recording its end failed: \(error), ignoring")
      }
    }
    let (pool, log) = (context.pool, context.events)
    let needsHistory = since != nil || until != nil
    let subscription = try await pool.run { () throws(SystemError) in
      try log.listen(history: needsHistory, live: isLive)
    }
    for event in subscription.history {
      if let since, event.time < since { continue }
      if let until, event.time > until { continue }
      if filters.matches(event) { try await send(event) }
    }
    guard let live = subscription.live else { return }
    // Somebody must see containers end while somebody listens.
    for entry in context.table.entries where entry.record.desired == .running {
      context.notices.send(.started(entry.id))
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      defer { group.cancelAll() }
      // The stream ends when the task is cancelled.
      group.addTask { for await event in live where filters.matches(event) { try await send(event) } }
      if let until {
        let wait = until > now ? until.nanoseconds - now.nanoseconds : 0
        group.addTask { try await Task.sleep(for: .nanoseconds(Int64(clamping: wait))) }
      }
      try await group.next()
    }
    try Task.checkCancellation()
  }
}
