import Glibc
import WherryLinux

/// A socket to the kernel's routing, of the network namespace of the thread that opens it.
struct NetlinkSocket: ~Copyable {
  private static let family: Int32 = 16
  private let descriptor: FileDescriptor

  init() throws(SystemError) {
    let number = socket(Self.family, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0 else { throw SystemError(errno: errno, "open", "netlink socket") }
    descriptor = FileDescriptor(owning: number)
  }

  /// Sends a request and waits for its acknowledgement. `what` names it in errors.
  func request(_ message: NetlinkMessage, _ what: String) throws(SystemError) {
    _ = try exchange(message, what, isDump: false)
  }

  /// The kernel's answers to a request for one thing, or for all.
  func ask(_ message: NetlinkMessage, _ what: String, isDump: Bool) throws(SystemError)
    -> [NetlinkReader.Message]
  {
    try exchange(message, what, isDump: isDump)
  }

  private func exchange(
    _ message: NetlinkMessage, _ what: String, isDump: Bool
  ) throws(SystemError) -> [NetlinkReader.Message] {
    let bytes = message.finished
    while true {
      let sent = bytes.withUnsafeBytes { send(descriptor.rawValue, $0.baseAddress, $0.count, 0) }
      if sent == bytes.count { break }
      if errno != EINTR { throw SystemError(errno: errno, what, "netlink") }
    }
    var answers: [NetlinkReader.Message] = []
    while true {
      for answer in NetlinkReader.messages(try receive(what)) {
        switch answer.type {
        case 2:  // NLMSG_ERROR; 0 acknowledges
          let number = NetlinkReader.number(answer.payload, 0, Int32.self)
          if number == 0 { return answers }
          throw SystemError(errno: -number, what, "")
        case 3: return answers  // NLMSG_DONE
        default: answers.append(answer)
        }
      }
      guard answers.count < 1 << 18 else { throw SystemError(errno: EFBIG, what, "netlink") }
    }
  }

  private func receive(_ what: String) throws(SystemError) -> [UInt8] {
    while true {
      var failure: Int32 = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, count in
        let got = recv(descriptor.rawValue, buffer.baseAddress, buffer.count, 0)
        if got < 0 { failure = errno }
        count = max(got, 0)
      }
      if failure == 0 { return bytes }
      if failure != EINTR { throw SystemError(errno: failure, what, "netlink") }
    }
  }
}
