import WherryModel

/// What a driver keeps under its lock.
struct DriverCore: ~Copyable {
  var machine: ConnectionMachine
  var decoder: FrameDecoder
  /// Calls under way, of both directions.
  var ports: [StreamID: StreamPort] = [:]
  /// Sends that wait for the peer's credit.
  var creditWaiters: [StreamID: [OneShot<Void>]] = [:]
  /// Sends and answers that wait until the transport has taken what is queued.
  var roomWaiters: [OneShot<Void>] = []
  var pings: [UInt64: OneShot<Void>] = [:]
  /// Frames the transport has not taken.
  var outbox: [UInt8] = []
  /// Bytes the transport has taken and not written.
  var unwritten = 0
  /// Set when the transport is to close after `outbox`.
  var closing: WherryError?
  var isTransportClosed = false
  /// The earliest moment the time source was asked for.
  var armed: ContinuousClock.Instant?
  /// There is one at most, and none after the end: a time source would keep it for as long as it was for.
  var alarm: Alarm?

  /// Where sends and answers start to wait.
  static let highWater = 256 << 10

  let tap: FrameTap?

  init(machine: consuming ConnectionMachine, tap: FrameTap?) {
    self.machine = machine
    self.tap = tap
    decoder = FrameDecoder(limit: ConnectionSettings.minimumFrame)
  }

  var queued: Int { outbox.count + unwritten }
  var hasRoom: Bool { queued < Self.highWater || closing != nil || isTransportClosed }

  /// Stores what `actions` say and notes what is to be done once the lock is released.
  mutating func apply(_ actions: [ConnectionAction], driver: ConnectionDriver, _ effects: inout [Effect]) {
    for action in actions { apply(action, driver: driver, &effects) }
    if queued > machine.settings.maximumQueued, closing == nil {
      outbox = []
      let reason = "the peer does not read"
      for action in machine.transportClosed(WherryError(.unavailable, reason)) {
        apply(action, driver: driver, &effects)
      }
    }
    setAlarm(&effects)
  }

  private mutating func setAlarm(_ effects: inout [Effect]) {
    if let next = machine.nextDeadline {
      guard armed.map({ next < $0 }) ?? true else { return }
      armed = next
      effects.append(.wake(next))
    } else {
      armed = nil
      if let alarm { effects.append(.disarm(alarm)) }
      alarm = nil
    }
  }

  private mutating func apply(
    _ action: ConnectionAction, driver: ConnectionDriver, _ effects: inout [Effect]
  ) {
    switch action {
    case .send(let frame):
      if outbox.isEmpty { effects.append(.outputReady) }
      if outbox.isEmpty { outbox = frame } else { outbox.append(contentsOf: frame) }
      tap?.see(.sent, Message.content(ofFrame: frame))
    case .raiseFrameLimit(let limit):
      decoder.limit = limit
      effects.append(.greeted)
    case .startCall(let request):
      let port = StreamPort(stream: request.stream, driver: driver)
      ports[request.stream] = port
      effects.append(.start(port, request))
    case .cancelHandler(let stream):
      if let port = ports[stream] { effects.append(.cancelHandler(port)) }
    case .deliverItem(let stream, let item):
      if let port = ports[stream] { effects.append(.deliver(port, item)) }
    case .endItems(let stream):
      if let port = ports[stream] { effects.append(.endItems(port)) }
    case .resumeSenders(let stream):
      if let waiters = creditWaiters.removeValue(forKey: stream) { effects.append(.resume(waiters)) }
    case .finishCall(let stream, let result):
      if let port = ports.removeValue(forKey: stream) { effects.append(.finish(port, result)) }
    case .finishPing(let number, let error):
      if let waiter = pings.removeValue(forKey: number) { effects.append(.finishPing(waiter, error)) }
    case .close(let error):
      closing = error
      decoder = FrameDecoder(limit: 0)
      effects.append(.greeted)
      effects.append(.resume(roomWaiters))
      roomWaiters = []
      effects.append(.outputReady)
    }
  }
}

/// What is done after the lock is released, in order.
enum Effect {
  case start(StreamPort, IncomingRequest)
  case cancelHandler(StreamPort)
  case deliver(StreamPort, [UInt8])
  case endItems(StreamPort)
  case finish(StreamPort, Result<[UInt8], WherryError>)
  case finishPing(OneShot<Void>, WherryError?)
  case resume([OneShot<Void>])
  case outputReady
  /// The peer has said hello, or never will.
  case greeted
  case wake(ContinuousClock.Instant)
  case disarm(Alarm)
}
