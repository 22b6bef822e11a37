import WherryModel
import WherryWire

/// Items, their end and their credit, in both directions.
extension Session {
  /// The application wants an item sent on a stream of either side.
  mutating func itemOffered(_ stream: StreamID, _ value: [UInt8]) -> ItemOutcome {
    guard value.count <= peer.maximumItem else {
      return .refused(.tooLarge("an item", value.count, limit: peer.maximumItem))
    }
    let frame = Message.ItemFrame(stream, value)
    guard frame.messageSize <= peer.maximumFrame else {
      return .refused(.tooLarge("an item", frame.messageSize, limit: peer.maximumFrame))
    }
    let outcome =
      side.opens(stream)
      ? callers[stream]?.itemOffered(value.count) : callees[stream]?.itemOffered(value.count)
    switch outcome {
    case .send: return .accepted([.send(frame.bytes)])
    case .wait: return .wait
    case .refuse: return .refused(.callEnded)
    case nil: return waiting.contains { $0.stream == stream } ? .wait : .refused(.callEnded)
    }
  }

  /// The application has no more items for a stream of either side.
  mutating func itemsEnded(_ stream: StreamID, _ actions: inout [ConnectionAction]) {
    if let index = waiting.firstIndex(where: { $0.stream == stream }) {
      waiting[index].isInputEnded = true
      return
    }
    let isNews =
      side.opens(stream) ? callers[stream]?.inputEnded() : callees[stream]?.outputEnded()
    if isNews == true { actions.append(.send(Message.end(stream).framed())) }
  }

  /// The application has read `bytes` of items.
  mutating func itemsConsumed(
    _ stream: StreamID, _ bytes: Int, _ actions: inout [ConnectionAction]
  ) {
    let grant =
      side.opens(stream) ? callers[stream]?.itemsConsumed(bytes) : callees[stream]?.itemsConsumed(bytes)
    if let grant { actions.append(.send(Message.credit(stream, bytes: grant).framed())) }
  }

  mutating func itemReceived(
    _ stream: StreamID, _ value: [UInt8], _ actions: inout [ConnectionAction]
  ) throws(ProtocolViolation) {
    try requireOpened(stream)
    let isWanted =
      side.opens(stream)
      ? try callers[stream]?.itemReceived(value.count, on: stream)
      : try callees[stream]?.itemReceived(value.count, on: stream)
    guard isWanted == true else { return }
    if hasTooMuchUnread {
      callees[stream] = nil
      sendAnswer(stream, .failure(.tooMuchUnread(settings.maximumUnread)), &actions)
      stopHandler(stream, &actions)
    } else {
      actions.append(.deliverItem(stream, value))
    }
  }

  /// What the peer may send on a call before more is granted: nothing, where the schema has no items there.
  func window(_ hasItems: Bool?) -> UInt64 {
    hasItems == false ? 0 : UInt64(clamping: settings.initialCredit)
  }

  /// Whether the peer's calls together hold more than we keep for it. Few calls cannot.
  private var hasTooMuchUnread: Bool {
    guard callees.count > settings.maximumUnread / max(1, settings.initialCredit) else { return false }
    return callees.values.reduce(0) { $0 + $1.unread } > UInt64(clamping: settings.maximumUnread)
  }

  mutating func endReceived(
    _ stream: StreamID, _ actions: inout [ConnectionAction]
  ) throws(ProtocolViolation) {
    try requireOpened(stream)
    let isWanted =
      side.opens(stream)
      ? try callers[stream]?.endReceived(on: stream) : try callees[stream]?.endReceived(on: stream)
    if isWanted == true { actions.append(.endItems(stream)) }
  }

  mutating func creditReceived(
    _ stream: StreamID, _ bytes: UInt64, _ actions: inout [ConnectionAction]
  ) throws(ProtocolViolation) {
    try requireOpened(stream)
    if side.opens(stream) {
      try callers[stream]?.creditReceived(bytes)
    } else {
      try callees[stream]?.creditReceived(bytes)
    }
    actions.append(.resumeSenders(stream))
  }
}
