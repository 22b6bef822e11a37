/// What carries a driver's bytes. It knows nothing of calls.
///
/// It gives what it receives to `bytesReceived` in order, from one thread at a time, and says
/// `transportClosed` once when no more comes.
package protocol ByteTransport: Sendable {
  /// There is something to take from the driver's `takeOutput`. Called from any thread, and again
  /// before the first was seen to: the transport takes the output in order, one at a time.
  func outputReady()
}

/// What a transport is to send.
package struct TransportOutput: Sendable {
  /// Report them to `outputWritten` once the operating system or the peer has them.
  package var bytes: [UInt8]
  /// Nothing follows these bytes: close.
  package var isLast: Bool
}
