/// The part of a blob that a client wants (RFC 9110 section 14), as `bytes=…` of one range. Others are no error: the
/// whole is given, as that section allows.
package enum ByteRange: Sendable, Equatable {
  case whole
  /// The position of the first byte, and how many.
  case part(start: UInt64, count: UInt64)
  case unsatisfiable

  package init(_ header: String?, size: UInt64) {
    self = .whole
    guard let header, header.hasPrefix("bytes=") else { return }
    let text = header.dropFirst(6)
    let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard ends.count == 2, let first = ends.first, let last = ends.last else { return }
    let firstNumber = Self.number(first)
    let lastNumber = Self.number(last)
    switch (first.isEmpty, last.isEmpty) {
    case (true, false):
      guard let wanted = lastNumber else { return }
      let count = min(wanted, size)
      self = count == 0 ? .unsatisfiable : .part(start: size - count, count: count)
    case (false, true):
      guard let start = firstNumber else { return }
      self = start < size ? .part(start: start, count: size - start) : .unsatisfiable
    case (false, false):
      guard let start = firstNumber, let end = lastNumber, start <= end else { return }
      self = start < size ? .part(start: start, count: min(end, size - 1) - start + 1) : .unsatisfiable
    case (true, true): return
    }
  }

  private static func number(_ text: Substring) -> UInt64? {
    guard (1...18).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    return UInt64(text)
  }
}
