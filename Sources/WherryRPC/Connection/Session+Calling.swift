import WherryModel
import WherryWire

/// The calls this side makes.
extension Session {
  mutating func callRequested(_ call: WaitingCall, _ actions: inout [ConnectionAction]) {
    if leaving != nil || peerLeaving != nil {
      refuse(call, .retryable("the connection is going away"), &actions)
    } else if waiting.count >= settings.maximumWaiting {
      refuse(call, .tooManyWaiting(settings.maximumWaiting), &actions)
    } else {
      waiting.append(call)
      noteDeadline(call.deadline)
    }
  }

  /// Sends the calls for which the peer has room.
  mutating func startWaiting(now: ContinuousClock.Instant, _ actions: inout [ConnectionAction]) {
    var started = 0
    for call in waiting {
      guard callers.count < peer.maximumStreams || peer.maximumStreams == 0 else { break }
      started += 1
      start(call, now: now, &actions)
    }
    waiting.removeFirst(started)
  }

  private mutating func start(
    _ call: WaitingCall, now: ContinuousClock.Instant, _ actions: inout [ConnectionAction]
  ) {
    guard peer.maximumStreams > 0 else {
      return refuse(call, WherryError(.unsupported, "the peer serves no calls"), &actions)
    }
    let milliseconds = call.deadline.map { now.duration(to: $0).wireMilliseconds }
    let message = Message.request(
      call.stream, method: call.method, params: call.params, deadline: milliseconds
    ).encoded()
    guard message.count <= peer.maximumFrame else {
      return refuse(call, .tooLarge("a request", message.count, limit: peer.maximumFrame), &actions)
    }
    callers[call.stream] = CallerStream(
      deadline: call.deadline, credit: peer.initialCredit,
      window: window(RPCMethod.numbered(call.method)?.hasOutput))
    lastSent = call.stream
    actions.append(.send(Message.frame(message)))
    actions.append(.resumeSenders(call.stream))
    // Not by `itemsEnded`, which would find the call among the waiting still.
    if call.isInputEnded, callers[call.stream]?.inputEnded() == true {
      actions.append(.send(Message.end(call.stream).framed()))
    }
  }

  func refuse(_ call: WaitingCall, _ error: WherryError, _ actions: inout [ConnectionAction]) {
    actions.append(.finishCall(call.stream, .failure(error)))
    actions.append(.resumeSenders(call.stream))
  }

  mutating func answerReceived(
    _ stream: StreamID, _ result: Result<[UInt8], WherryError>, _ actions: inout [ConnectionAction]
  ) throws(ProtocolViolation) {
    guard side.opens(stream) else {
      throw ProtocolViolation("an answer on stream \(stream), which the peer opens itself")
    }
    try requireOpened(stream)
    guard let caller = callers.removeValue(forKey: stream), caller.state != .abandoned else { return }
    actions.append(.finishCall(stream, result))
    actions.append(.resumeSenders(stream))
  }

  /// The application or its deadline gives our call up.
  mutating func callAbandoned(
    _ stream: StreamID, _ error: WherryError, _ actions: inout [ConnectionAction]
  ) {
    if let index = waiting.firstIndex(where: { $0.stream == stream }) {
      refuse(waiting.remove(at: index), error, &actions)
    } else if callers[stream]?.abandoned() == true {
      actions.append(.send(Message.cancel(stream).framed()))
      actions.append(.finishCall(stream, .failure(error)))
      actions.append(.resumeSenders(stream))
    }
  }
}

extension WherryError {
  static func tooManyWaiting(_ limit: Int) -> WherryError {
    WherryError(.resourceExhausted, "\(limit) calls already wait on this connection")
  }
}

extension Duration {
  /// As a request carries it; what has passed already is 0.
  var wireMilliseconds: UInt64 {
    guard self > .zero else { return 0 }
    let (seconds, attoseconds) = components
    let (whole, overflow) = UInt64(clamping: seconds).multipliedReportingOverflow(by: 1000)
    guard !overflow else { return .max }
    // A started millisecond counts, so that a short deadline is not sent as none at all.
    let (sum, tooLong) = whole.addingReportingOverflow(UInt64(attoseconds / 1_000_000_000_000_000) + 1)
    return tooLong ? .max : sum
  }
}
