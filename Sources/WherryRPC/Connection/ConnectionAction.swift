package import WherryModel

/// What the driver is to do, in order, once the machine's state is stored.
package enum ConnectionAction: Sendable {
  /// Send these bytes: one whole frame.
  case send([UInt8])
  /// The peer has said hello: take frames up to our own limit from now on.
  case raiseFrameLimit(Int)
  /// Run the handler of a call the peer makes.
  case startCall(IncomingRequest)
  /// Cancel the handler's task. It still owes an answer, which is dropped where the connection is gone.
  case cancelHandler(StreamID)
  /// Give the application an item of the peer.
  case deliverItem(StreamID, [UInt8])
  /// The peer sends no more items on this stream.
  case endItems(StreamID)
  /// Items that waited for credit may be offered again; or will be refused.
  case resumeSenders(StreamID)
  /// Our call has ended.
  case finishCall(StreamID, Result<[UInt8], WherryError>)
  /// A ping has been answered, or never will be.
  case finishPing(UInt64, WherryError?)
  /// Send what is queued, then close. The machine has handed back everything.
  case close(WherryError)
}

/// A call the peer makes.
package struct IncomingRequest: Sendable, Equatable {
  package var stream: StreamID
  package var method: UInt64
  package var params: [UInt8]
  package var deadline: ContinuousClock.Instant?
}

/// What becomes of an item the application wants sent.
package enum ItemOutcome: Sendable {
  case accepted([ConnectionAction])
  /// Offer it again after `resumeSenders`.
  case wait
  case refused(WherryError)
}
