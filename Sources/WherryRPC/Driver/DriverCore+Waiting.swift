extension DriverCore {
  mutating func waitForRoom() -> OneShot<Void> {
    let waiter = OneShot<Void>()
    roomWaiters.removeAll { $0.isResolved }
    roomWaiters.append(waiter)
    return waiter
  }

  mutating func waitForCredit(_ stream: StreamID) -> OneShot<Void> {
    let waiter = OneShot<Void>()
    creditWaiters[stream, default: []].removeAll { $0.isResolved }
    creditWaiters[stream, default: []].append(waiter)
    return waiter
  }
}
