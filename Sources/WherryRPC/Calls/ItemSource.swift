package import WherryCBOR

/// The items the peer sends in a call, once each, in order. Ends at the peer's `end`.
///
/// Reading an item grants the peer credit for another, so a reader that stops makes the sender wait.
package struct ItemSource<Item: CBORDecodable>: AsyncSequence, Sendable {
  package typealias Element = Item

  let port: StreamPort
  /// A caller's call, which is cancelled when nobody holds it any more.
  var call: OutgoingCall?

  package struct AsyncIterator: AsyncIteratorProtocol {
    let port: StreamPort
    let call: OutgoingCall?

    package mutating func next() async throws -> Item? {
      try await port.nextItem(Item.self)
    }
  }

  package func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(port: port, call: call)
  }
}
