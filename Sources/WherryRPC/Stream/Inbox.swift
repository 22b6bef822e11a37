import WherryCBOR
import WherryModel

/// The items of one stream that have arrived and have not been read. Small ones stand together, so that
/// many take little more room than their bytes, which credit bounds.
struct Inbox {
  enum End {
    case ended
    case failed(WherryError)
  }

  enum Reading {
    case item([UInt8])
    case end
    case failed(WherryError)
    case wait
  }

  /// CBOR sequences: of small items, or of one that is large.
  private var chunks: [[UInt8]] = []
  /// How much of the first chunk has been read.
  private var start = 0
  private var end: End?

  /// An item of so many bytes has a chunk of its own, and is neither copied in nor out.
  private static let large = 4096

  mutating func append(_ item: [UInt8]) {
    guard end == nil else { return }
    if let last = chunks.last, last.count + item.count < Self.large {
      chunks[chunks.count - 1] += item
    } else {
      chunks.append(item)
    }
  }

  /// No more items come. What has arrived can still be read.
  mutating func finish(_ newEnd: End) {
    if end == nil { end = newEnd }
  }

  /// Nothing is to be read any more.
  mutating func discard(_ error: WherryError) {
    chunks = []
    start = 0
    end = .failed(error)
  }

  mutating func read() -> Reading {
    guard let chunk = chunks.first else {
      switch end {
      case .ended: return .end
      case .failed(let error): return .failed(error)
      case nil: return .wait
      }
    }
    do throws(CBORError) {
      var reader = CBORReader(chunk.dropFirst(start))
      let item = try reader.readRaw()
      start += item.count
      guard start >= chunk.count else { return .item(Array(item)) }
      start = 0
      chunks.removeFirst()
      return .item(item.count == chunk.count ? chunk : Array(item))
    } catch {
      // Unreachable: every item was read once when its message arrived.
      let failure = WherryError(decoding: "an item", error, code: .protocolViolation)
      discard(failure)
      return .failed(failure)
    }
  }
}
