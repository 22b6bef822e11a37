import Glibc
import WherryCBOR
import WherryRPC
import WherryWire

/// A client that says something, or half of it, and is gone without a word.
enum RudePeer {
  static func visit(_ path: String, _ random: inout Random) {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { return }
    var bytes = Message.hello(
      HelloBody(
        version: 1, minimumVersion: 1, maximumFrame: 4096, maximumStreams: 4, initialCredit: 4096,
        software: "rude", features: [])
    ).framed()
    for number in 0..<UInt64(random.number(0...8)) {
      let method = random.once(in: 2) ? Methods.hang : Methods.echo
      bytes += Message.request(
        StreamID(rawValue: number * 2 + 1), method: method.number, params: "r".cbor, deadline: nil
      ).framed()
    }
    switch random.number(0...3) {
    case 0: break
    case 1: bytes.removeLast(random.number(1...bytes.count))
    case 2: bytes[random.number(0...bytes.count - 1)] ^= UInt8(random.number(1...255))
    default: bytes = (0..<random.number(1...64)).map { _ in UInt8(random.number(0...255)) }
    }
    _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
  }
}
