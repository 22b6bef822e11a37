import WherryCBOR
import WherryWire

/// What a peer did against the protocol. It costs it the connection.
package struct ProtocolViolation: Error, Hashable, Sendable {
  package var reason: String

  package init(_ reason: String) {
    self.reason = reason
  }
}

extension Message {
  /// Reads one whole message: nothing may follow it in its frame.
  package init(frame: ArraySlice<UInt8>) throws(ProtocolViolation) {
    var reader = CBORReader(frame)
    let (count, number) = try Self.well { () throws(CBORError) in
      (try reader.readArrayHeader(), try reader.readUInt())
    }
    guard let kind = Kind(rawValue: number) else {
      throw ProtocolViolation("unknown kind of message \(number)")
    }
    guard kind.counts.contains(count) else {
      throw ProtocolViolation("a message of kind \(number) with \(count) elements")
    }
    self = try Self.well { () throws(CBORError) in
      let message = try Message(kind, count: count, from: &reader)
      reader.endContainer()
      try reader.requireEnd()
      return message
    }
  }

  private static func well<Value>(
    _ read: () throws(CBORError) -> Value
  ) throws(ProtocolViolation) -> Value {
    do {
      return try read()
    } catch {
      throw ProtocolViolation("malformed message: \(error)")
    }
  }

  private init(_ kind: Kind, count: Int, from reader: inout CBORReader) throws(CBORError) {
    switch kind {
    case .hello:
      self = .hello(try HelloBody(from: &reader))
    case .request:
      let stream = try reader.stream()
      let method = try reader.readUInt()
      let params = Array(try reader.readRaw())
      self = .request(
        stream, method: method, params: params, deadline: count > 4 ? try reader.readUInt() : nil)
    case .response:
      self = .response(try reader.stream(), result: Array(try reader.readRaw()))
    case .error:
      self = .error(try reader.stream(), try ErrorBody(from: &reader))
    case .item:
      self = .item(try reader.stream(), value: Array(try reader.readRaw()))
    case .end:
      self = .end(try reader.stream())
    case .cancel:
      self = .cancel(try reader.stream())
    case .credit:
      self = .credit(try reader.stream(), bytes: try reader.readUInt())
    case .ping:
      self = .ping(try reader.readUInt())
    case .pong:
      self = .pong(try reader.readUInt())
    case .goingAway:
      self = .goingAway(lastStream: try reader.stream(), reason: try reader.readText())
    }
  }
}

extension Message.Kind {
  /// How many elements a message of this kind may have.
  fileprivate var counts: ClosedRange<Int> {
    switch self {
    case .hello, .end, .cancel, .ping, .pong: 2...2
    case .response, .error, .item, .credit, .goingAway: 3...3
    case .request: 4...5
    }
  }
}

extension CBORReader {
  fileprivate mutating func stream() throws(CBORError) -> StreamID {
    StreamID(rawValue: try readUInt())
  }
}
