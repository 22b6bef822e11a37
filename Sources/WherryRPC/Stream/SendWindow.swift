/// How many bytes of items the peer still lets us send on one stream.
struct SendWindow {
  private(set) var available: UInt64

  init(initial: UInt64) {
    available = initial
  }

  /// Spends credit for an item of `size` bytes; false where there is not enough.
  mutating func take(_ size: Int) -> Bool {
    let size = UInt64(clamping: size)
    guard size <= available else { return false }
    available -= size
    return true
  }

  mutating func granted(_ bytes: UInt64) throws(ProtocolViolation) {
    let (sum, overflow) = available.addingReportingOverflow(bytes)
    guard !overflow else { throw ProtocolViolation("more credit than can be counted") }
    available = sum
  }
}
