/// Cuts the content of a file into chunks whose borders depend on the bytes around them, so that an insertion moves only
/// the borders next to it. The same rule as containers/storage's, so that chunks of images which others pushed are found
/// again: a rolling sum over 64 bytes (as bup and Perkeep have it) ends a chunk where its lower 16 bits are ones, 64 KiB
/// on average; a run of at least 1,024 zeros is a chunk of its own. Pure.
struct ContentSplitter {
  enum Part {
    case data(UnsafeRawBufferPointer)
    /// So many bytes of a hole.
    case zeros(UInt64)
    /// The chunk is over: all data and zeros since the one before it are one of them, of one kind.
    case end
  }

  private static let holeThreshold: UInt64 = 1024
  private static let window = 64
  private static let offset: UInt32 = 31
  private static let mask: UInt32 = 0xffff
  private static let someZeros = [UInt8](repeating: 0, count: 1024)

  private var ring = [UInt8](repeating: 0, count: 64)
  private var place = 0
  private var first: UInt32 = 64 * 31
  private var second: UInt32 = 64 * 63 * 31
  /// Zeros that were not given out: fewer than the threshold, or a hole that may go on.
  private var zeros: UInt64 = 0
  private var isOpen = false

  mutating func take(_ bytes: UnsafeRawBufferPointer, _ emit: (Part) throws -> Void) rethrows {
    var start = bytes.startIndex
    var index = start
    while index < bytes.endIndex {
      if bytes[index] == 0 {
        if start < index { try give(bytes, start, index, emit) }
        let run = index
        while index < bytes.endIndex, bytes[index] == 0 { index += 1 }
        zeros += UInt64(index - run)
        start = index
        continue
      }
      if zeros > 0 { try flushZeros(emit) }
      roll(bytes[index])
      index += 1
      if second & Self.mask == Self.mask {
        try give(bytes, start, index, emit)
        try end(emit)
        start = index
      }
    }
    if start < index { try give(bytes, start, index, emit) }
  }

  /// After the last byte.
  mutating func finish(_ emit: (Part) throws -> Void) rethrows {
    if zeros > 0 { try flushZeros(emit) }
    try end(emit)
  }

  private mutating func give(
    _ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int, _ emit: (Part) throws -> Void
  ) rethrows {
    isOpen = true
    try emit(.data(UnsafeRawBufferPointer(rebasing: bytes[start..<end])))
  }

  private mutating func end(_ emit: (Part) throws -> Void) rethrows {
    guard isOpen else { return }
    isOpen = false
    try emit(.end)
  }

  /// Something else follows the zeros.
  private mutating func flushZeros(_ emit: (Part) throws -> Void) rethrows {
    let count = zeros
    zeros = 0
    if count >= Self.holeThreshold {
      try end(emit)
      // After a window of zeros the ring is the same, and only the sums go on.
      for _ in 0..<min(count, UInt64(Self.window)) { roll(0) }
      if count > UInt64(Self.window) { skipZeros(count - UInt64(Self.window)) }
      isOpen = true
      try emit(.zeros(count))
      try end(emit)
      return
    }
    try Self.someZeros.withUnsafeBytes { some in
      var start = 0
      for index in 0..<Int(clamping: count) {
        roll(0)
        if second & Self.mask == Self.mask {
          try give(some, start, index + 1, emit)
          try end(emit)
          start = index + 1
        }
      }
      if start < Int(clamping: count) { try give(some, start, Int(clamping: count), emit) }
    }
  }

  private mutating func roll(_ byte: UInt8) {
    let drop = UInt32(ring[place])
    first = first &+ UInt32(byte) &- drop
    second = second &+ first &- UInt32(Self.window) &* (drop + Self.offset)
    ring[place] = byte
    place = (place + 1) % Self.window
  }

  /// So many times `roll(0)` over a ring of zeros.
  private mutating func skipZeros(_ count: UInt64) {
    let times = UInt32(truncatingIfNeeded: count)
    second = second &+ times &* (first &- UInt32(Self.window) &* Self.offset)
    place = (place + Int(truncatingIfNeeded: count % UInt64(Self.window))) % Self.window
  }
}
