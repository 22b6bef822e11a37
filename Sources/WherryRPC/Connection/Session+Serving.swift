import WherryModel
import WherryWire

/// The calls the peer makes.
extension Session {
  mutating func requestReceived(
    _ stream: StreamID, _ method: UInt64, _ params: [UInt8], _ deadline: UInt64?,
    now: ContinuousClock.Instant, _ actions: inout [ConnectionAction]
  ) throws(ProtocolViolation) {
    guard side.other.opens(stream) else {
      throw ProtocolViolation("a request on stream \(stream), which the peer may not open")
    }
    guard stream > lastSeen else {
      throw ProtocolViolation("a request on stream \(stream) after one on stream \(lastSeen)")
    }
    lastSeen = stream
    // It crossed our going-away: the peer knows that we do not serve it.
    if leaving != nil { return }
    guard callees.count < settings.maximumStreams else {
      return sendAnswer(stream, .failure(.tooManyCalls(settings.maximumStreams)), &actions)
    }
    if deadline == 0 { return sendAnswer(stream, .failure(.deadlineExceeded), &actions) }
    // A year is as good as for ever, and cannot overflow.
    let expiry = deadline.map { now + .milliseconds(Int64(min($0, 31_536_000_000))) }
    callees[stream] = CalleeStream(
      deadline: expiry, credit: peer.initialCredit, window: window(RPCMethod.numbered(method)?.hasInput))
    noteDeadline(expiry)
    actions.append(
      .startCall(IncomingRequest(stream: stream, method: method, params: params, deadline: expiry)))
  }

  mutating func cancelReceived(
    _ stream: StreamID, _ actions: inout [ConnectionAction]
  ) throws(ProtocolViolation) {
    guard side.other.opens(stream) else {
      throw ProtocolViolation("a cancel of stream \(stream), which the peer did not open")
    }
    try requireOpened(stream)
    if callees[stream]?.cancelReceived() == true { stopHandler(stream, &actions) }
  }

  func stopHandler(_ stream: StreamID, _ actions: inout [ConnectionAction]) {
    actions.append(.cancelHandler(stream))
    actions.append(.resumeSenders(stream))
  }

  /// The handler's answer. Any after the first is dropped.
  mutating func callAnswered(
    _ stream: StreamID, _ result: Result<[UInt8], WherryError>, _ actions: inout [ConnectionAction]
  ) {
    guard let callee = callees.removeValue(forKey: stream) else { return }
    sendAnswer(stream, callee.answer(result), &actions)
    actions.append(.resumeSenders(stream))
  }

  func sendAnswer(
    _ stream: StreamID, _ result: Result<[UInt8], WherryError>, _ actions: inout [ConnectionAction]
  ) {
    let message: [UInt8]
    switch result {
    case .success(let bytes): message = Message.response(stream, result: bytes).encoded()
    case .failure(let error): message = Message.error(stream, ErrorBody(error)).encoded()
    }
    guard message.count <= peer.maximumFrame else {
      let error = WherryError.tooLarge("an answer", message.count, limit: peer.maximumFrame)
      actions.append(.send(Message.error(stream, ErrorBody(error)).framed()))
      return
    }
    actions.append(.send(Message.frame(message)))
  }
}

extension WherryError {
  static func tooMuchUnread(_ limit: Int) -> WherryError {
    WherryError(
      .resourceExhausted, "the calls of this connection were sent \(limit) bytes that wait to be read",
      hint: "use a connection of its own for each of so many streams")
  }

  static func tooManyCalls(_ limit: Int) -> WherryError {
    WherryError(
      .resourceExhausted, "\(limit) calls are already served on this connection",
      hint: "wait for one of them to end")
  }
}
