import Synchronization
import WherryModel
package import WherryWire

/// What callers do.
extension ConnectionDriver: RPCConnection {
  package func open(
    _ method: RPCMethod, params: [UInt8], deadline: Duration?
  ) async throws -> OutgoingCall {
    try Task.checkCancellation()
    let port: StreamPort? = react { core, now, actions in
      let (stream, more) = core.machine.callRequested(
        method.number, params: params, deadline: deadline.map { now + $0 }, now: now)
      guard let stream else { return nil }
      let port = StreamPort(stream: stream, driver: self)
      core.ports[stream] = port
      actions = more
      return port
    }
    guard let port else { throw WherryError.retryable("the connection has no stream numbers left") }
    return OutgoingCall(method: method, port: port)
  }

  func cancelCall(_ stream: StreamID) {
    react { core, now, actions in actions = core.machine.callCancelled(stream, now: now) }
  }

  /// Waits for the peer's hello. Throws what has ended the connection instead; a connection that says nothing is
  /// ended by its own time-out.
  package func waitUntilEstablished() async throws {
    await greeted.wait()
    let failure: WherryError? = core.withLock { $0.machine.peer == nil ? $0.closing : nil }
    if let failure { throw failure }
  }

  /// Waits until the peer has seen everything sent so far.
  package func ping() async throws {
    let waiter = OneShot<Void>()
    let isSent = react { core, _, actions in
      guard let (number, more) = core.machine.pingRequested() else { return false }
      core.pings[number] = waiter
      actions = more
      return true
    }
    guard isSent else { throw WherryError(.unavailable, "the connection is not established") }
    try await waiter.value()
  }

  /// Serves no new request, lets the calls under way end, then closes.
  package func leave(_ reason: String) {
    react { core, now, actions in actions = core.machine.leaveRequested(reason, now: now) }
  }

  /// Closes now. Calls under way fail.
  package func close(_ reason: String = "closed") {
    react { core, _, actions in actions = core.machine.closeRequested(reason) }
  }

  /// Waits until the transport is closed.
  package func waitUntilClosed() async {
    await closed.wait()
  }

  /// Calls of either direction that are not over.
  package var activeCalls: Int { core.withLock { $0.machine.activeCalls } }

  /// Bytes held of a message that has not come whole.
  package var buffered: Int { core.withLock { $0.decoder.buffered } }

  /// Whether calls can still be made.
  package var isClosed: Bool { core.withLock { $0.machine.isClosed } }

  /// What the peer's hello said, once it has come.
  package var peerParameters: PeerParameters? { core.withLock { $0.machine.peer } }
}

extension ConnectionDriver {
  /// Waits until the peer has seen our call. Throws where the peer never starts it, so that it may be
  /// made again; a call that fails otherwise says so itself.
  func ensureSeen(_ call: OutgoingCall) async throws {
    let stream = call.port.stream
    while true {
      let waiter: OneShot<Void>? = core.withLock { core in
        core.machine.isWaiting(stream) ? core.waitForCredit(stream) : nil
      }
      guard let waiter else { break }
      try await waiter.value()
    }
    do {
      // Messages keep their order: a farewell that left before our request came is here before the pong.
      try await ping()
    } catch let error as WherryError where error.code == .unavailable {
      // The connection is over; what that means for the call, the call knows.
    }
    if let failure = call.port.failure, failure.isRetrySafe { throw failure }
  }
}
