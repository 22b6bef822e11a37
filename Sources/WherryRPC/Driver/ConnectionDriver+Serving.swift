import Synchronization
import WherryModel
import WherryWire

/// What handlers do.
extension ConnectionDriver {
  /// The only place where a call of the peer is let in.
  func start(_ port: StreamPort, _ request: IncomingRequest) {
    guard let method = RPCMethod.numbered(request.method) else {
      return refuse(port, .unknownMethod(request.method))
    }
    if let refusal = service.authorise(method, peer) { return refuse(port, refusal) }
    let context = CallContext(peer: peer, method: method, deadline: request.deadline)
    let call = IncomingCall(context: context, params: request.params, port: port)
    observer.handlersChanged(1)
    port.attach(
      Task {
        await service.handle(call)
        answerNow(port.stream, .failure(WherryError(.internal, "\(method.name) was not answered")))
        handlerEnded(port)
      })
  }

  private func refuse(_ port: StreamPort, _ error: WherryError) {
    answerNow(port.stream, .failure(error))
    core.withLock { _ = $0.ports.removeValue(forKey: port.stream) }
  }

  private func handlerEnded(_ port: StreamPort) {
    core.withLock { _ = $0.ports.removeValue(forKey: port.stream) }
    port.detach()
    observer.handlersChanged(-1)
  }

  /// Waits for room even where the handler's task is cancelled: the caller is owed an answer.
  func answer(_ stream: StreamID, _ result: Result<[UInt8], WherryError>) async {
    while true {
      let waiter: OneShot<Void>? = core.withLock { $0.hasRoom ? nil : $0.waitForRoom() }
      guard let waiter else { break }
      do {
        try await waiter.valueDespiteCancellation()
      } catch {
        // Nobody fails a wait for room.
        break
      }
    }
    answerNow(stream, result)
  }

  private func answerNow(_ stream: StreamID, _ result: Result<[UInt8], WherryError>) {
    react { core, now, actions in actions = core.machine.callAnswered(stream, result, now: now) }
  }
}
