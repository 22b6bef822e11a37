import WherryModel
import WherryRPC
import WherryWire

/// A machine with a clock of its own. Streams the machine opens as acceptor are even, the peer's odd.
struct Bench: ~Copyable {
  static let start = ContinuousClock.now
  var machine: ConnectionMachine
  var now = Bench.start

  init(side: ConnectionSide = .acceptor, _ settings: ConnectionSettings = Bench.settings) {
    machine = ConnectionMachine(side: side, settings: settings, now: now)
  }

  /// Small numbers, so that limits are reached by small tests.
  static var settings: ConnectionSettings {
    var settings = ConnectionSettings()
    settings.initialCredit = 100
    settings.maximumStreams = 3
    settings.idleTimeout = .seconds(600)
    return settings
  }

  static func hello(
    version: UInt64 = 1, minimum: UInt64 = 1, frame: UInt64 = 8192, streams: UInt64 = 2, credit: UInt64 = 40
  ) -> Message {
    .hello(
      HelloBody(
        version: version, minimumVersion: minimum, maximumFrame: frame, maximumStreams: streams,
        initialCredit: credit, software: "test", features: []))
  }

  mutating func receive(_ message: Message) -> [ConnectionAction] {
    machine.frameReceived(message.encoded()[...], now: now)
  }

  /// Makes our next call, 2 first.
  mutating func call(deadline: Duration? = nil) -> [ConnectionAction] {
    machine.callRequested(7, params: item(1), deadline: deadline.map { now + $0 }, now: now).actions
  }

  mutating func serve(_ stream: UInt64, deadline: UInt64? = nil) -> [ConnectionAction] {
    receive(.request(StreamID(rawValue: stream), method: 9, params: item(1), deadline: deadline))
  }

  mutating func pass(_ duration: Duration) -> [ConnectionAction] {
    now += duration
    return machine.timeReached(now: now)
  }
}

extension StreamID {
  static let ours = StreamID(rawValue: 2)
  static let theirs = StreamID(rawValue: 1)
}

/// An encoded item of `size` bytes, 1 to 24.
func item(_ size: Int) -> [UInt8] {
  [0x40 + UInt8(size - 1)] + [UInt8](repeating: 0, count: size - 1)
}
