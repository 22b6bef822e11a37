import WherryModel

/// What callers and handlers do with items.
extension ConnectionDriver {
  func send(_ item: [UInt8], on stream: StreamID) async throws {
    while true {
      try Task.checkCancellation()
      let step: SendStep = react { core, _, actions in
        guard core.hasRoom else { return .wait(core.waitForRoom()) }
        switch core.machine.itemOffered(stream, item) {
        case .accepted(let more):
          actions = more
          return .sent
        case .wait: return .wait(core.waitForCredit(stream))
        case .refused(let error): return .refused(error)
        }
      }
      switch step {
      case .sent: return
      case .refused(let error): throw error
      case .wait(let waiter): try await waiter.value()
      }
    }
  }

  private enum SendStep {
    case sent
    case wait(OneShot<Void>)
    case refused(WherryError)
  }

  func endItems(of stream: StreamID) {
    react { core, now, actions in actions = core.machine.itemsEnded(stream, now: now) }
  }

  func itemsConsumed(_ bytes: Int, of stream: StreamID) {
    react { core, now, actions in actions = core.machine.itemsConsumed(stream, bytes, now: now) }
  }
}
