package import WherryCBOR
import WherryWire

extension Message: CBOREncodable {
  package func encode(to writer: inout CBORWriter) {
    switch self {
    case .hello(let body):
      writer.header(.hello, 2)
      body.encode(to: &writer)
    case .request(let stream, let method, let params, let deadline):
      writer.header(.request, deadline == nil ? 4 : 5)
      writer.writeUInt(stream.rawValue)
      writer.writeUInt(method)
      writer.writeRaw(params)
      if let deadline { writer.writeUInt(deadline) }
    case .response(let stream, let result):
      writer.header(.response, 3, stream)
      writer.writeRaw(result)
    case .error(let stream, let body):
      writer.header(.error, 3, stream)
      body.encode(to: &writer)
    case .item(let stream, let value):
      writer.header(.item, 3, stream)
      writer.writeRaw(value)
    case .end(let stream):
      writer.header(.end, 2, stream)
    case .cancel(let stream):
      writer.header(.cancel, 2, stream)
    case .credit(let stream, let bytes):
      writer.header(.credit, 3, stream)
      writer.writeUInt(bytes)
    case .ping(let opaque):
      writer.header(.ping, 2)
      writer.writeUInt(opaque)
    case .pong(let opaque):
      writer.header(.pong, 2)
      writer.writeUInt(opaque)
    case .goingAway(let stream, let reason):
      writer.header(.goingAway, 3, stream)
      writer.writeText(reason)
    }
  }

  /// The message without its frame.
  package func encoded() -> [UInt8] { cbor }

  /// The message in its frame, as it goes on the wire.
  package func framed() -> [UInt8] { Message.frame(encoded()) }
}

extension CBORWriter {
  fileprivate mutating func header(_ kind: Message.Kind, _ count: Int, _ stream: StreamID? = nil) {
    writeArrayHeader(count)
    writeUInt(kind.rawValue)
    if let stream { writeUInt(stream.rawValue) }
  }
}

extension Message {
  /// The encoded message in a frame of our own.
  static func content(ofFrame frame: [UInt8]) -> ArraySlice<UInt8> {
    do throws(FrameError) {
      return frame.dropFirst(try FrameHead(frame[...], limit: .max)?.size ?? 0)
    } catch {
      return []
    }
  }

  /// An item in its frame, which may be large: its value is copied once.
  struct ItemFrame {
    private let start: [UInt8]
    private let value: [UInt8]

    init(_ stream: StreamID, _ value: [UInt8]) {
      var writer = CBORWriter()
      writer.header(.item, 3, stream)
      start = writer.bytes
      self.value = value
    }

    /// Of the message in the frame.
    var messageSize: Int { start.count + value.count }

    var bytes: [UInt8] {
      var writer = CBORWriter(capacity: messageSize + FrameHead.maximumSize)
      writer.writeHead(.bytes(length: messageSize))
      writer.writeRaw(start)
      writer.writeRaw(value)
      return writer.bytes
    }
  }

  /// Puts an encoded message into its frame.
  package static func frame(_ message: [UInt8]) -> [UInt8] {
    var writer = CBORWriter(capacity: message.count + FrameHead.maximumSize)
    writer.writeBytes(message)
    return writer.bytes
  }
}
