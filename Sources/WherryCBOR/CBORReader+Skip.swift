extension CBORReader {
  /// Reads one whole item, whatever it is, and keeps nothing of it.
  ///
  /// The item is checked as if it were kept: limits, UTF-8, and for a strict reader the
  /// order of the keys of every map in it. Nesting costs a small entry a level, of which
  /// `limits.maximumDepth` allows few.
  package mutating func skip() throws(CBORError) {
    var open: [OpenItem] = []
    repeat {
      let start = position
      let head = try readHead()
      let mayStandHere = open.last?.admits(head) ?? true
      switch head {
      case .text(let length):
        let content = try take(length)
        guard isUTF8(content) else { throw error(.invalidText, at: start - buffer.startIndex) }
      case .bytes(let length):
        _ = try take(length)
      case .end:
        guard let last = open.popLast(), last.mayEnd else {
          throw error(.malformed, at: start - buffer.startIndex)
        }
        endContainer()
        try finish(itemFrom: last.start, in: &open)
        continue
      default:
        break
      }
      guard mayStandHere else { throw error(.malformed, at: start - buffer.startIndex) }
      if let item = OpenItem(head, start: start) {
        try enterContainer(at: start - buffer.startIndex)
        // An item takes a byte at least.
        if let count = item.count, count > UInt64(remaining) { throw error(.truncated) }
        if !item.isComplete {
          open.append(item)
          continue
        }
        endContainer()
      }
      try finish(itemFrom: start, in: &open)
    } while !open.isEmpty
  }

  /// The bytes of one whole item, checked as `skip` does.
  package mutating func readRaw() throws(CBORError) -> ArraySlice<UInt8> {
    let start = position
    try skip()
    return buffer[start..<position]
  }

  /// Closes every open item that the item just read completes.
  private mutating func finish(itemFrom start: Int, in open: inout [OpenItem]) throws(CBORError) {
    var start = start
    while let innermost = open.indices.last {
      let (isKey, previous) = open[innermost].finished(start..<position)
      if strict, isKey, let previous { try checkOrder(previous, start..<position) }
      guard open[innermost].isComplete else { return }
      start = open[innermost].start
      open.removeLast()
      endContainer()
    }
  }

  /// Keys ascend in the bytewise order of their encodings (RFC 8949 section 4.2.1).
  func checkOrder(_ previous: Range<Int>, _ key: Range<Int>) throws(CBORError) {
    if buffer[previous].lexicographicallyPrecedes(buffer[key]) { return }
    let duplicate = buffer[previous].elementsEqual(buffer[key])
    throw error(duplicate ? .duplicateKey : .unsortedKey, at: key.lowerBound - buffer.startIndex)
  }

  private func isUTF8(_ content: ArraySlice<UInt8>) -> Bool {
    content.withUnsafeBufferPointer { bytes in
      do {
        _ = try UTF8Span(validating: bytes.span)
        return true
      } catch {
        return false
      }
    }
  }
}
