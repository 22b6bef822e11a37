import WherryModel

/// Reads a stream that consists of parts of a blob as if it were the blob, forwards only.
final class RangeReader {
  private let inner: any ByteSource
  private var ranges: ArraySlice<Range<UInt64>>
  private var position: UInt64

  /// `inner` has the bytes of `ranges`, which are in order, and nothing between them.
  init(_ inner: any ByteSource, _ ranges: [Range<UInt64>]) {
    self.inner = inner
    self.ranges = ranges[...]
    position = ranges.first?.lowerBound ?? 0
  }

  /// The bytes of `wanted`, which must lie in one of the parts and behind what was read before. To be read to its end.
  func source(_ wanted: Range<UInt64>) throws -> BoundedSource {
    while let first = ranges.first, first.upperBound < wanted.upperBound {
      try skip(first.upperBound - min(position, first.upperBound))
      ranges = ranges.dropFirst()
      position = ranges.first?.lowerBound ?? position
    }
    guard let first = ranges.first, position <= wanted.lowerBound, wanted.upperBound <= first.upperBound
    else {
      throw WherryError(.internal, "a part of the blob was not asked for")
    }
    try skip(wanted.lowerBound - position)
    position = wanted.upperBound
    return BoundedSource(inner, count: wanted.upperBound - wanted.lowerBound)
  }

  private func skip(_ count: UInt64) throws {
    let rest = BoundedSource(inner, count: count)
    try rest.drain()
    guard rest.left == 0 else { throw WherryError(.dataLoss, "a part of the blob ends early") }
  }
}
