/// A call of ours which the peer has not been sent: it waits for the hello or for the end of others.
struct WaitingCall {
  var stream: StreamID
  var method: UInt64
  var params: [UInt8]
  var deadline: ContinuousClock.Instant?
  /// The caller has said already that it sends no items.
  var isInputEnded = false
}
