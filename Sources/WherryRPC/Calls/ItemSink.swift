package import WherryCBOR

/// Where one side of a call puts its items.
package struct ItemSink<Item: CBOREncodable>: Sendable {
  let port: StreamPort

  /// Waits until the peer has granted credit for `item` and the connection can take it.
  ///
  /// Throws `WherryError` when the call has ended or the item is larger than the peer takes, and
  /// `CancellationError` when the task is cancelled.
  package func send(_ item: Item) async throws {
    try await port.send(item.cbor)
  }
}
