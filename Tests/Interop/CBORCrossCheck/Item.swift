import WherryCBOR

/// Any CBOR item. Only the cross-check keeps items as trees.
indirect enum Item: CBORDecodable, CBOREncodable {
  case scalar(CBORHead)
  case bytes([UInt8])
  case text(String)
  case array([Item])
  case map([(key: Item, value: Item)])
  case tag(UInt64, Item)

  init(from reader: inout CBORReader) throws(CBORError) {
    switch try reader.peek() {
    case .bytes:
      self = .bytes(try reader.readBytes())
    case .text:
      self = .text(try reader.readText())
    case .array:
      self = .array(try reader.readArray())
    case .map:
      var pairs: [(Item, Item)] = []
      for _ in 0..<(try reader.readMapHeader()) {
        pairs.append((try Item(from: &reader), try Item(from: &reader)))
      }
      reader.endContainer()
      self = .map(pairs)
    default:
      let head = try reader.readHead()
      if case .tag(let number) = head {
        self = .tag(number, try Item(from: &reader))
      } else {
        self = .scalar(head)
      }
    }
  }

  func encode(to writer: inout CBORWriter) {
    switch self {
    case .scalar(let head): writer.writeHead(head)
    case .bytes(let bytes): writer.writeBytes(bytes)
    case .text(let text): writer.writeText(text)
    case .array(let items): writer.writeArray(items)
    case .map(let pairs):
      writer.writeMapHeader(pairs.count)
      for (key, value) in pairs {
        key.encode(to: &writer)
        value.encode(to: &writer)
      }
    case .tag(let number, let item):
      writer.writeHead(.tag(number))
      item.encode(to: &writer)
    }
  }
}
