package import WherryCBOR

/// A call under way, with items in one or both directions.
///
/// Dropping the last copy of a call that has not finished cancels it.
package struct Call<Input: CBOREncodable, Output: CBORDecodable, Success: CBORDecodable>: Sendable {
  let outgoing: OutgoingCall

  package init(_ outgoing: OutgoingCall) {
    self.outgoing = outgoing
  }

  /// Waits for credit, then sends `item`.
  package func send(_ item: Input) async throws {
    try await ItemSink<Input>(port: outgoing.port).send(item)
  }

  /// Says that no more items will be sent.
  package func end() {
    outgoing.port.end()
  }

  /// What the callee sends; to be read by one task.
  package var output: ItemSource<Output> { ItemSource(port: outgoing.port, call: outgoing) }

  /// The call's result. Cancelling the waiting task cancels the call.
  package func result() async throws -> Success {
    try Success(decodingResult: try await outgoing.result(), of: outgoing.method)
  }

  /// Tells the callee that the result is no longer wanted; the call fails with `cancelled` at once.
  package func cancel() {
    outgoing.cancel()
  }
}

/// The items of a direction in which none flow.
package struct NoItem: Sendable, CBORDecodable, CBOREncodable {
  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.skip()
  }

  package func encode(to writer: inout CBORWriter) {
    writer.writeNull()
  }
}

/// The input of a call which takes none.
package typealias NoInput = NoItem
/// The output of a call which sends none.
package typealias NoOutput = NoItem
