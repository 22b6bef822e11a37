/// How many bytes of items we still let the peer send on one stream.
struct ReceiveWindow {
  private let size: UInt64
  /// What the peer may send before we grant more.
  private(set) var outstanding: UInt64
  /// Read here but not granted again yet.
  private var consumed: UInt64 = 0
  private(set) var isEnded = false

  init(size: UInt64) {
    self.size = size
    outstanding = size
  }

  /// Received and not read.
  var unread: UInt64 { size - outstanding - consumed }

  mutating func received(_ bytes: Int, on stream: StreamID) throws(ProtocolViolation) {
    guard !isEnded else { throw ProtocolViolation("an item after the end of stream \(stream)") }
    let bytes = UInt64(clamping: bytes)
    guard bytes <= outstanding else {
      throw ProtocolViolation("\(bytes) bytes on stream \(stream), which has credit for \(outstanding)")
    }
    outstanding -= bytes
  }

  mutating func ended(on stream: StreamID) throws(ProtocolViolation) {
    guard !isEnded else { throw ProtocolViolation("stream \(stream) ended twice") }
    isEnded = true
  }

  /// Notes that `bytes` were read; gives what to grant the peer now, if anything.
  ///
  /// Grants come in halves of the window, so that small items do not cost a message each. What is
  /// left ungranted is less than half; that is why an item may be no larger than half the window.
  mutating func consumed(_ bytes: Int) -> UInt64? {
    consumed = min(consumed + UInt64(clamping: bytes), size - outstanding)
    guard !isEnded, consumed > 0, consumed >= size / 2 else { return nil }
    defer { consumed = 0 }
    outstanding += consumed
    return consumed
  }
}
