import WherryModel
import WherryWire

/// One call the peer has made and this side serves. It is gone once it is answered.
struct CalleeStream {
  enum State: Hashable, CaseIterable {
    /// The handler runs; items may be sent and received. → outputEnded, cancelled, expired
    case serving
    /// The handler has said that no more items come. → cancelled, expired
    case outputEnded
    /// The caller has cancelled; the handler has been told and still owes an answer.
    case cancelled
    /// The deadline is reached; the handler has been told and still owes an answer.
    case expired
  }

  private(set) var state = State.serving
  let deadline: ContinuousClock.Instant?
  private var output: SendWindow
  private var input: ReceiveWindow

  init(deadline: ContinuousClock.Instant?, credit: UInt64, window: UInt64) {
    self.deadline = deadline
    output = SendWindow(initial: credit)
    input = ReceiveWindow(size: window)
  }

  /// Bytes of items that wait for the handler.
  var unread: UInt64 { input.unread }

  private var isLive: Bool { state == .serving || state == .outputEnded }

  mutating func itemOffered(_ size: Int) -> OfferOutcome {
    switch state {
    case .serving: output.take(size) ? .send : .wait
    case .outputEnded, .cancelled, .expired: .refuse
    }
  }

  /// The handler has no more items. Whether the peer is to be told.
  mutating func outputEnded() -> Bool {
    guard state == .serving else { return false }
    state = .outputEnded
    return true
  }

  /// Whether the handler is to be cancelled.
  mutating func cancelReceived() -> Bool {
    guard isLive else { return false }
    state = .cancelled
    return true
  }

  /// Whether the handler is to be cancelled.
  mutating func deadlineReached() -> Bool {
    guard isLive else { return false }
    state = .expired
    return true
  }

  /// What to answer with when the handler gives `result`. A handler that stopped because it was
  /// cancelled says `cancelled`; the caller learns why it was.
  func answer(_ result: Result<[UInt8], WherryError>) -> Result<[UInt8], WherryError> {
    guard state == .expired, case .failure(let error) = result, error.code == .cancelled else {
      return result
    }
    return .failure(.deadlineExceeded)
  }

  mutating func creditReceived(_ bytes: UInt64) throws(ProtocolViolation) {
    try output.granted(bytes)
  }

  /// Whether the item is to be delivered.
  mutating func itemReceived(_ size: Int, on stream: StreamID) throws(ProtocolViolation) -> Bool {
    try input.received(size, on: stream)
    return isLive
  }

  /// Whether the end is to be delivered.
  mutating func endReceived(on stream: StreamID) throws(ProtocolViolation) -> Bool {
    try input.ended(on: stream)
    return isLive
  }

  /// What to grant the peer after `bytes` were read.
  mutating func itemsConsumed(_ bytes: Int) -> UInt64? {
    let grant = input.consumed(bytes)
    return isLive ? grant : nil
  }
}
