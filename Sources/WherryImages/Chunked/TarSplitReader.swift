import WherryModel

/// Reads a tar-split: what a layer's archive has beside the contents of its files, in order, a JSON object each line
/// (vbatts/tar-split, tar/storage).
final class TarSplitReader {
  enum Item {
    case literal([UInt8])
    /// Content of a file of so many bytes, which are more than none.
    case content(UInt64)
  }

  private let tokens: JSONTokens

  /// `source` has the unpacked lines.
  init(_ source: any ByteSource, what: String) {
    // A megabyte of the archive, in base64.
    tokens = JSONTokens(source, maximumString: 6 << 20, what: "tar-split of \(what)")
  }

  /// Nil after the last.
  func next() throws -> Item? {
    while let begin = try tokens.next() {
      guard begin == .beginObject else { throw tokens.damaged("an item is no object") }
      var type: UInt64?
      var size: UInt64 = 0
      var payload: [UInt8] = []
      while let token = try tokens.next(), token != .endObject {
        guard let key = token.text else { throw tokens.damaged("an item has no name for a value") }
        switch String(decoding: key, as: UTF8.self) {
        case "type": type = try tokens.next()?.natural
        case "size":
          guard let value = try tokens.next()?.natural, value <= 1 << 48 else {
            throw tokens.damaged("a size is out of range")
          }
          size = value
        case "payload":
          // Of a folder and the like it is null.
          if let text = try tokens.next()?.text { payload = text }
        default: try tokens.skip()
        }
      }
      switch type {
      case 1: if size > 0 { return .content(size) }
      case 2:
        guard let bytes = Self.decode(payload) else { throw tokens.damaged("a part is no base64") }
        if !bytes.isEmpty { return .literal(bytes) }
      default: throw tokens.damaged("an item is of an unknown type")
      }
    }
    return nil
  }

  /// RFC 4648 section 4.
  static func decode(_ text: [UInt8]) -> [UInt8]? {
    guard text.count % 4 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3)
    var (value, bits): (UInt32, UInt32) = (0, 0)
    var padding = 0
    for character in text {
      let six: UInt8
      switch character {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): six = character - UInt8(ascii: "A")
      case UInt8(ascii: "a")...UInt8(ascii: "z"): six = character - UInt8(ascii: "a") + 26
      case UInt8(ascii: "0")...UInt8(ascii: "9"): six = character - UInt8(ascii: "0") + 52
      case UInt8(ascii: "+"): six = 62
      case UInt8(ascii: "/"): six = 63
      case UInt8(ascii: "="):
        padding += 1
        continue
      default: return nil
      }
      guard padding == 0 else { return nil }
      (value, bits) = (value << 6 | UInt32(six), bits + 6)
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: value >> bits))
      }
    }
    return padding <= 2 ? bytes : nil
  }
}
