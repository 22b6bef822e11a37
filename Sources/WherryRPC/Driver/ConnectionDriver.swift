import Synchronization

/// Performs what a `ConnectionMachine` decides, for any transport.
///
/// The machine is behind one lock. Every event goes through `react`: change the machine, store what
/// its actions say, release the lock, then wake whoever is to be woken.
package final class ConnectionDriver: Sendable {
  package let peer: Peer
  let core: Mutex<DriverCore>
  let service: Service
  let observer: ServiceObserver
  private let transport: any ByteTransport
  private let time: any TimeSource
  let greeted = OneShotList()
  let closed = OneShotList()

  package init(
    side: ConnectionSide, settings: ConnectionSettings, peer: Peer, service: Service,
    observer: ServiceObserver = ServiceObserver(), transport: any ByteTransport, time: any TimeSource,
    tap: FrameTap? = nil
  ) {
    self.peer = peer
    self.service = service
    self.observer = observer
    self.transport = transport
    self.time = time
    let machine = ConnectionMachine(side: side, settings: settings, now: time.now)
    core = Mutex(DriverCore(machine: machine, tap: tap))
  }

  /// Changes the core under its lock, then does what follows.
  func react<Value: Sendable>(
    _ change: (inout DriverCore, ContinuousClock.Instant, inout [ConnectionAction]) -> Value
  ) -> Value {
    let now = time.now
    let (value, effects) = core.withLock { core in
      var actions: [ConnectionAction] = []
      var effects: [Effect] = []
      let value = change(&core, now, &actions)
      core.apply(actions, driver: self, &effects)
      return (value, effects)
    }
    for effect in effects { perform(effect) }
    return value
  }

  private func perform(_ effect: Effect) {
    switch effect {
    case .start(let port, let request): start(port, request)
    case .cancelHandler(let port): port.cancelHandler()
    case .deliver(let port, let item): port.deliver(item)
    case .endItems(let port): port.endItems()
    case .finish(let port, let result): port.finish(result)
    case .finishPing(let waiter, let error):
      waiter.resolve(error.map { .failure($0) } ?? .success(()))
    case .resume(let waiters): for waiter in waiters { waiter.resolve(.success(())) }
    case .greeted: greeted.resolveAll()
    case .outputReady: transport.outputReady()
    case .wake(let instant): arm(instant)
    case .disarm(let alarm): alarm.cancel()
    }
  }

  private func arm(_ instant: ContinuousClock.Instant) {
    let alarm = time.wake(at: instant) { [weak self] in self?.timeReached() }
    let unneeded: Alarm? = core.withLock { core in
      // It may be over, or an earlier moment asked for, while we came here.
      guard core.armed == instant else { return alarm }
      defer { core.alarm = alarm }
      return core.alarm
    }
    unneeded?.cancel()
  }

  private func timeReached() {
    react { core, now, actions in
      core.armed = nil
      core.alarm = nil
      actions = core.machine.timeReached(now: now)
    }
  }
}
