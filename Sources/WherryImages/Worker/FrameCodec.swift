import Glibc
import WherryCBOR
import WherryLinux
import WherryModel

/// Messages between daemon and worker: a CBOR sequence of byte strings, as on Wherry's own wire.
/// Blocking; one reader and one writer.
enum FrameCodec {
  /// A document of 4 MiB and what goes with it.
  static let maximumFrame = 5 << 20

  static func encode(_ message: [UInt8]) -> [UInt8] {
    var writer = CBORWriter()
    writer.writeBytes(message)
    return writer.bytes
  }

  /// Lengths of the head and of the message at the beginning of `bytes`; nil while the head is incomplete.
  static func head(_ bytes: ArraySlice<UInt8>) throws(WherryError) -> (head: Int, length: Int)? {
    guard let first = bytes.first else { return nil }
    let width: Int
    switch first {
    case 0x40...0x57: return (1, Int(first - 0x40))
    case 0x58: width = 1
    case 0x59: width = 2
    case 0x5a: width = 4
    default: throw WherryError(.protocolViolation, "fetch worker: not a byte string")
    }
    guard bytes.count > width else { return nil }
    let length = bytes.dropFirst().prefix(width).reduce(0) { $0 << 8 | Int($1) }
    guard length <= maximumFrame else {
      throw WherryError(.protocolViolation, "fetch worker: message of \(length) bytes")
    }
    return (1 + width, length)
  }

  /// Nil at the end of the stream. Throws `protocolViolation` for anything but a byte string within bounds.
  static func read(from fd: Int32) throws -> [UInt8]? {
    var bytes: [UInt8] = []
    while true {
      if let (_, length) = try head(bytes[...]) { return try readExactly(length, from: fd, orEnd: false) }
      guard let more = try readExactly(1, from: fd, orEnd: bytes.isEmpty) else { return nil }
      bytes += more
    }
  }

  private static func readExactly(_ count: Int, from fd: Int32, orEnd: Bool) throws -> [UInt8]? {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let wanted = min(count - bytes.count, 64 << 10)
      let part = try [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
        while true {
          let got = Glibc.read(fd, buffer.baseAddress, wanted)
          if got >= 0 {
            filled = got
            return
          }
          guard errno == EINTR else { throw SystemError.last("read", "fetch worker's messages") }
        }
      }
      if part.isEmpty {
        if orEnd, bytes.isEmpty { return nil }
        throw WherryError(.protocolViolation, "fetch worker: message cut off")
      }
      bytes += part
    }
    return bytes
  }

  /// To a socket; never raises SIGPIPE.
  static func write(_ message: [UInt8], to socket: Int32) throws(SystemError) {
    try send(encode(message)[...], to: socket)
  }

  static func send(_ bytes: ArraySlice<UInt8>, to socket: Int32) throws(SystemError) {
    var rest = bytes
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes {
        Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if sent < 0 {
        guard errno == EINTR else { throw SystemError.last("write to", "fetch worker") }
        continue
      }
      rest = rest.dropFirst(sent)
    }
  }
}
