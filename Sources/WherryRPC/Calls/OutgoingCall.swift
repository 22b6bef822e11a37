package import WherryWire

/// A call this side has opened, in bytes; `Call` gives it types.
package final class OutgoingCall: Sendable {
  package let method: RPCMethod
  let port: StreamPort

  init(method: RPCMethod, port: StreamPort) {
    self.method = method
    self.port = port
  }

  deinit {
    port.cancelCall()
  }

  /// The encoded result. Cancelling the waiting task cancels the call.
  package func result() async throws -> [UInt8] {
    try await withTaskCancellationHandler {
      try await port.result()
    } onCancel: {
      port.cancelCall()
    }
  }

  package func cancel() {
    port.cancelCall()
  }
}
