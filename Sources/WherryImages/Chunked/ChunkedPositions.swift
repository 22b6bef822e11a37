import WherryModel
import WherryOCI

/// Where in a zstd:chunked layer's blob its contents and its tar-split are, and the digest of the contents: what the
/// layer's descriptor says of it in annotations (containers/storage, pkg/chunked).
struct ChunkedPositions: Sendable, Equatable {
  static let checksumKey = "io.github.containers.zstd-chunked.manifest-checksum"
  static let contentsKey = "io.github.containers.zstd-chunked.manifest-position"
  static let tarSplitKey = "io.github.containers.zstd-chunked.tarsplit-position"
  /// The only type of contents there is.
  static let type: UInt64 = 1
  /// Packed; a hundred thousand files take a tenth of it.
  static let maximumPacked: UInt64 = 64 << 20
  /// Unpacked; never held in memory.
  static let maximumUnpacked: UInt64 = 512 << 20

  struct Part: Sendable, Equatable {
    var offset: UInt64
    var length: UInt64
    var unpacked: UInt64

    var range: Range<UInt64> { offset..<(offset + length) }
  }

  /// Of the packed contents.
  var digest: Digest
  var contents: Part
  var tarSplit: Part

  /// Nil where the layer has no annotations. Throws `protocolViolation` where they cannot be true.
  init?(_ layer: Descriptor) throws(WherryError) {
    guard layer.mediaType.compression == .zstd, let checksum = layer.annotations[Self.checksumKey],
      let contents = layer.annotations[Self.contentsKey], let tarSplit = layer.annotations[Self.tarSplitKey]
    else { return nil }
    digest = try Digest(checksum)
    let first = Self.numbers(contents)
    let second = Self.numbers(tarSplit)
    guard first.count == 4, first[3] == Self.type, second.count == 3,
      let part = Self.part(first, in: layer.size), let other = Self.part(second, in: layer.size),
      part.range.upperBound <= other.offset
    else {
      throw WherryError(.protocolViolation, "layer \(layer.digest) has impossible positions of its contents")
    }
    self.contents = part
    self.tarSplit = other
  }

  init(digest: Digest, contents: Part, tarSplit: Part) {
    self.digest = digest
    self.contents = contents
    self.tarSplit = tarSplit
  }

  var annotations: [String: String] {
    [
      Self.checksumKey: digest.description,
      Self.contentsKey: "\(contents.offset):\(contents.length):\(contents.unpacked):\(Self.type)",
      Self.tarSplitKey: "\(tarSplit.offset):\(tarSplit.length):\(tarSplit.unpacked)",
    ]
  }

  /// The last frame's payload, for those who have the blob only.
  var footer: [UInt8] {
    let numbers = [
      contents.offset, contents.length, contents.unpacked, Self.type, tarSplit.offset, tarSplit.length,
      tarSplit.unpacked,
    ]
    return numbers.flatMap { SkippableFrame.littleEndian($0, 8) } + "GNUlInUx".utf8
  }

  private static func numbers(_ text: String) -> [UInt64] {
    text.split(separator: ":", omittingEmptySubsequences: false).prefix(5).map { digits in
      guard (1...13).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) })
      else {
        return .max
      }
      return UInt64(digits) ?? .max
    }
  }

  private static func part(_ numbers: [UInt64], in size: UInt64) -> Part? {
    let values = numbers.prefix(3)
    guard let offset = values.first, let length = values.dropFirst().first, let unpacked = values.last,
      offset > 0, length > 0, length <= maximumPacked, unpacked <= maximumUnpacked, offset < size,
      length <= size - offset
    else { return nil }
    return Part(offset: offset, length: length, unpacked: unpacked)
  }
}

/// A frame that decoders of zstd pass over (RFC 8878 section 3.1.2).
enum SkippableFrame {
  /// What comes before the payload.
  static let headSize: UInt64 = 8

  static func head(_ count: UInt64) -> [UInt8] {
    [0x50, 0x2a, 0x4d, 0x18] + littleEndian(count, 4)
  }

  static func littleEndian(_ value: UInt64, _ width: UInt64) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
