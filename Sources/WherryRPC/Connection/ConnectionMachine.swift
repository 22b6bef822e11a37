import WherryWire

/// One side of a connection: facts in, actions out. It does no I/O, reads no clock, starts nothing.
///
/// Whoever drives it calls one method for each thing that happens, stores nothing of its own about
/// calls, and performs the actions in order once it has let go of the machine.
package struct ConnectionMachine: ~Copyable {
  package let side: ConnectionSide
  package let settings: ConnectionSettings
  var state: ConnectionState
  private var nextStream: StreamID

  package init(side: ConnectionSide, settings: ConnectionSettings, now: ContinuousClock.Instant) {
    self.side = side
    self.settings = settings
    nextStream = side.firstStream
    state = .greeting(Greeting(deadline: now + settings.helloTimeout))
  }

  /// What to send before anything else.
  package func connected() -> [ConnectionAction] {
    [.send(Message.hello(settings.hello).framed())]
  }

  /// When `timeReached` is to be called; it may be called earlier at no harm.
  package var nextDeadline: ContinuousClock.Instant? {
    switch state {
    case .greeting(let greeting): greeting.nextDeadline
    case .established(let session): session.nextDeadline
    case .closed: nil
    }
  }

  package var isClosed: Bool {
    switch state {
    case .closed: true
    case .greeting: false
    case .established: false
    }
  }

  /// The peer's hello, once it has come.
  package var peer: PeerParameters? {
    switch state {
    case .established(let session): session.peer
    case .greeting: nil
    case .closed: nil
    }
  }

  /// How many calls of either direction are not over.
  package var activeCalls: Int {
    switch state {
    case .greeting(let greeting): greeting.waiting.count
    case .established(let session): session.activeCalls
    case .closed: 0
    }
  }

  /// Whether a call of ours has not been sent yet.
  package func isWaiting(_ stream: StreamID) -> Bool {
    switch state {
    case .greeting(let greeting): greeting.waiting.contains { $0.stream == stream }
    case .established(let session): session.waiting.contains { $0.stream == stream }
    case .closed: false
    }
  }

  /// A number for our next call; nil when all are used up.
  mutating func takeStream() -> StreamID? {
    let (next, overflow) = nextStream.rawValue.addingReportingOverflow(2)
    guard !overflow else { return nil }
    defer { nextStream = StreamID(rawValue: next) }
    return nextStream
  }
}
