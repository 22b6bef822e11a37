/// One call this side has made and the peer has been sent.
struct CallerStream {
  enum State: Hashable, CaseIterable {
    /// Items may be sent and received. → inputEnded, abandoned
    case open
    /// We have said that no more items come; the peer's may. → abandoned
    case inputEnded
    /// Cancelled or timed out here. The peer has been told, and keeps its place until it answers.
    case abandoned
  }

  private(set) var state = State.open
  let deadline: ContinuousClock.Instant?
  private var input: SendWindow
  private var output: ReceiveWindow

  init(deadline: ContinuousClock.Instant?, credit: UInt64, window: UInt64) {
    self.deadline = deadline
    input = SendWindow(initial: credit)
    output = ReceiveWindow(size: window)
  }

  /// An item the application wants sent.
  mutating func itemOffered(_ size: Int) -> OfferOutcome {
    switch state {
    case .open: input.take(size) ? .send : .wait
    case .inputEnded, .abandoned: .refuse
    }
  }

  /// The application has no more items. Whether the peer is to be told.
  mutating func inputEnded() -> Bool {
    guard state == .open else { return false }
    state = .inputEnded
    return true
  }

  /// The application gives up, or its deadline is reached. Whether the peer is to be told.
  mutating func abandoned() -> Bool {
    guard state != .abandoned else { return false }
    state = .abandoned
    return true
  }

  mutating func creditReceived(_ bytes: UInt64) throws(ProtocolViolation) {
    try input.granted(bytes)
  }

  /// Whether the item is to be delivered.
  mutating func itemReceived(_ size: Int, on stream: StreamID) throws(ProtocolViolation) -> Bool {
    try output.received(size, on: stream)
    return state != .abandoned
  }

  /// Whether the end is to be delivered.
  mutating func endReceived(on stream: StreamID) throws(ProtocolViolation) -> Bool {
    try output.ended(on: stream)
    return state != .abandoned
  }

  /// What to grant the peer after `bytes` were read.
  mutating func itemsConsumed(_ bytes: Int) -> UInt64? {
    let grant = output.consumed(bytes)
    return state == .abandoned ? nil : grant
  }
}

/// What becomes of an item the application wants sent.
enum OfferOutcome: Hashable {
  case send
  /// Until the peer grants credit.
  case wait
  /// The stream takes no more items.
  case refuse
}
