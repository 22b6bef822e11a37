/// Which parts of a blob to ask for. Pure.
enum RangePlan {
  /// A request and its answer's head take about as many bytes, and a device's link a round trip.
  static let smallGap: UInt64 = 4096
  static let maximumRequests = 64

  /// The pieces, which must be in order and apart (nil where they are not), with what is between two of them where that
  /// is little, and where there would be too many else.
  static func merge(
    _ pieces: [Range<UInt64>], gap: UInt64 = smallGap, maximum: Int = maximumRequests
  ) -> [Range<UInt64>]? {
    guard let merged = join(pieces, gap: gap) else { return nil }
    guard merged.count > maximum else { return merged }
    let gaps = zip(merged, merged.dropFirst()).map { $1.lowerBound - $0.upperBound }.sorted()
    // So many of the smallest must go.
    guard let largest = gaps.prefix(merged.count - max(1, maximum)).last else { return merged }
    return join(merged, gap: largest)
  }

  private static func join(_ pieces: [Range<UInt64>], gap: UInt64) -> [Range<UInt64>]? {
    var joined: [Range<UInt64>] = []
    for piece in pieces {
      guard let last = joined.last else {
        joined.append(piece)
        continue
      }
      guard piece.lowerBound >= last.upperBound else { return nil }
      if piece.lowerBound - last.upperBound <= gap {
        joined[joined.count - 1] = last.lowerBound..<piece.upperBound
      } else {
        joined.append(piece)
      }
    }
    return joined
  }
}

extension ChunkedContents {
  /// What must be fetched. `isHere` tells of a file's index, or of a chunk's, whether it is.
  func missing(file: (Int) -> Bool, chunk: (Int) -> Bool) -> [Range<UInt64>] {
    var pieces: [Range<UInt64>] = []
    for (index, content) in files.enumerated() where !file(index) {
      for position in content.chunks where !chunks[position].isHole && !chunk(position) {
        pieces.append(chunks[position].range)
      }
    }
    return pieces
  }
}
