import Synchronization
import WherryModel
package import WherryRPC

/// How a daemon finds out that it is not needed, and goes without losing a request.
extension Listener {
  /// Clients that have been let in, for calling them back.
  package var connections: [ConnectionDriver] { state.withLock { $0.members.values.compactMap(\.driver) } }

  package var activeConnections: Int { state.withLock { $0.members.count } }

  /// Calls whose handlers run.
  package var activeCalls: Int { state.withLock { $0.handlers } }

  /// Since when no call is served and nobody has connected; nil while one is.
  package var idleSince: ContinuousClock.Instant? { state.withLock { $0.idleSince } }

  /// Waits until nothing has been asked for as long as `duration`.
  package func waitUntilIdle(for duration: Duration) async throws {
    while true {
      let now = ContinuousClock.now
      // While a call is served there is nothing to wait for but its end; look again after as long.
      let due = idleSince.map { $0 + duration } ?? now + duration
      if idleSince != nil, due <= now { return }
      try await Task.sleep(until: due, clock: .continuous)
    }
  }

  /// Stops accepting and tells every client to go. True means that nothing is left to do and the
  /// process may exit; false that a call had come just before, and that connections are accepted again.
  ///
  /// No request is lost: who has connected and is not accepted stays queued in the socket; who was told
  /// to go before its request was read fails with `retry=safe` and asks again on a new connection. Nor is anybody told
  /// to go who has come within `duration`: the request is on its way.
  package func retire(_ reason: String = "idle", idleFor duration: Duration = .zero) async throws -> Bool {
    try await stopAccepting()
    if let since = idleSince, since + duration > .now {
      try await startAccepting()
      return false
    }
    sendAway(reason)
    // No call starts on those any more. One that started before must be served to its end, and
    // that may take long: others must not wait for it.
    let deadline = ContinuousClock.now + settings.retirementGrace
    while activeConnections > 0, activeCalls == 0, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(5))
    }
    guard activeCalls == 0 else {
      try await startAccepting()
      return false
    }
    return true
  }

  private func sendAway(_ reason: String) {
    state.withLock { $0.leaving = reason }
    for connection in connections { connection.leave(reason) }
  }

  /// Stops for good: accepts no more, lets calls under way end for as long as `grace`, then closes.
  package func shutDown(_ reason: String, grace: Duration) async throws {
    try await stopAccepting()
    sendAway(reason)
    let deadline = ContinuousClock.now + grace
    while activeConnections > 0 || activeCalls > 0, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(5))
    }
    for connection in connections { connection.close(reason) }
  }
}
