import WherryCBOR
import WherryModel

/// The items of one stream that have arrived and have not been read, as a CBOR sequence: so many
/// small items take no more room than their bytes, which credit bounds.
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

  private var bytes: [UInt8] = []
  private var start = 0
  private var end: End?

  mutating func append(_ item: [UInt8]) {
    guard end == nil else { return }
    bytes.append(contentsOf: item)
  }

  /// No more items come. What has arrived can still be read.
  mutating func finish(_ newEnd: End) {
    if end == nil { end = newEnd }
  }

  /// Nothing is to be read any more.
  mutating func discard(_ error: WherryError) {
    bytes = []
    start = 0
    end = .failed(error)
  }

  mutating func read() -> Reading {
    guard start < bytes.count else {
      switch end {
      case .ended: return .end
      case .failed(let error): return .failed(error)
      case nil: return .wait
      }
    }
    do throws(CBORError) {
      var reader = CBORReader(bytes[start...])
      let item = Array(try reader.readRaw())
      start += item.count
      // Copying what is left costs no more than what was read since the last time.
      if start * 2 >= bytes.count {
        bytes = Array(bytes[start...])
        start = 0
      }
      return .item(item)
    } catch {
      // Unreachable: every item was read once when its message arrived.
      let failure = WherryError(decoding: "an item", error, code: .protocolViolation)
      discard(failure)
      return .failed(failure)
    }
  }
}
