import Glibc
import WherryCBOR
import WherryLinux
import WherryModel
import WherryRPC
import WherrySystemd
import WherryWire

/// Calls `container-exited` on the daemon's socket, which starts the daemon where it is not there. One call,
/// blocking, without an event loop: a hook should cost little.
struct DaemonWaker {
  static let patience = 15

  var socket: String

  /// Waits for the answer, whatever it is: the daemon has been woken, and what it cannot do now it does when it
  /// looks at its containers next.
  func containerExited(_ id: ContainerID) throws(SystemError) { try call(.containerExited, id) }

  /// It was found unhealthy, and something is to be done then.
  func healthChanged(_ id: ContainerID) throws(SystemError) { try call(.containerHealthCheck, id) }

  private func call(_ method: RPCMethod, _ id: ContainerID) throws(SystemError) {
    let connection = try UnixSocket.connect(socket)
    var time = timeval(tv_sec: Self.patience, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      _ = setsockopt(
        connection.rawValue, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
    }
    try connection.write(Self.request(id, method))
    var received: [UInt8] = []
    while received.count < 1 << 20 {
      let bytes = try connection.read(maximum: 16 << 10)
      if bytes.isEmpty { return }
      received += bytes
      if Self.isAnswered(received) { return }
    }
  }

  static func request(_ id: ContainerID, _ method: RPCMethod = .containerExited) -> [UInt8] {
    let settings = ConnectionSettings()
    var params = CBORWriter()
    ContainerReference(container: id.rawValue).encode(to: &params)
    let hello = Message.hello(
      HelloBody(
        version: settings.version, minimumVersion: settings.minimumVersion,
        maximumFrame: UInt64(settings.maximumFrame), maximumStreams: 1, initialCredit: 0,
        software: "wherry unit hook", features: []))
    // 1 is the first stream of the side that dials.
    let request = Message.request(
      StreamID(rawValue: 1), method: method.number, params: params.bytes, deadline: nil)
    return hello.framed() + request.framed()
  }

  /// Whether a response or error is among the messages received so far.
  static func isAnswered(_ bytes: [UInt8]) -> Bool {
    var frames = CBORReader(bytes)
    do {
      while !frames.isAtEnd {
        var message = CBORReader(try frames.readBytes())
        _ = try message.readArrayHeader()
        let kind = try message.readUInt()
        if kind == Message.Kind.response.rawValue || kind == Message.Kind.error.rawValue { return true }
        if kind == Message.Kind.goingAway.rawValue { return true }
      }
      return false
    } catch {
      // Cut short: more is to come. Anything else is no answer of a daemon of ours.
      return error.kind != .truncated
    }
  }
}
