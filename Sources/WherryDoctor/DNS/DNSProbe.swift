import Glibc
import WherryLinux

/// Asks one name server one question over UDP. Blocks, for at most `patience`.
enum DNSProbe {
  static func ask(_ server: String, patience: Duration = .milliseconds(1500)) -> NameServerFacts.Answer {
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
    hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(server, "53", &hints, &list) == 0, let address = list?.pointee else {
      return .failed("is no address")
    }
    defer { freeaddrinfo(list) }
    let number = socket(address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0 else { return failed("socket") }
    let file = FileDescriptor(owning: number)
    defer { _ = file.rawValue }
    guard connect(number, address.ai_addr, address.ai_addrlen) == 0 else { return failed("connect") }
    let query = DNSQuery(id: .random(in: 0...UInt16.max))
    let began = Uptime.nanoseconds()
    let bytes = query.bytes
    guard bytes.withUnsafeBytes({ send(number, $0.baseAddress, $0.count, 0) }) == bytes.count else {
      return failed("send")
    }
    let limit =
      UInt64(patience.components.seconds) * 1000
      + UInt64(patience.components.attoseconds / 1_000_000_000_000_000)
    while true {
      let passed = (Uptime.nanoseconds() - began) / 1_000_000
      guard passed < limit else { return .silent }
      var request = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
      let ready = poll(&request, 1, Int32(clamping: limit - passed))
      if ready < 0, errno != EINTR { return failed("poll") }
      guard ready > 0 else { continue }
      var answer = [UInt8](repeating: 0, count: 1500)
      let count = answer.withUnsafeMutableBytes { recv(number, $0.baseAddress, $0.count, 0) }
      guard count >= 0 else {
        if errno == EINTR || errno == EAGAIN { continue }
        return failed("receive")
      }
      if let code = query.code(of: Array(answer.prefix(count))) {
        return .answered(code: code, milliseconds: (Uptime.nanoseconds() - began) / 1_000_000)
      }
    }
  }

  private static func failed(_ operation: String) -> NameServerFacts.Answer {
    .failed(SystemError.last(operation, "").reason)
  }
}
