import WherryCBOR
import WherryRPC
import WherryWire

/// What is done again and again for every call, without sockets, threads and tasks: so that a count of instructions is
/// the same each time.
enum HotPath: String, CaseIterable {
  /// A request put into a frame and read out of it.
  case frame
  /// A call through both sides' machines, from the caller's params to its result.
  case call
  /// An item of 100 bytes on a stream that is open, with its share of the credit.
  case item
  /// The same of 64 KiB.
  case largeItem = "large-item"
  /// A list of 50 containers written, and read.
  case listEncode = "list-encode"
  case listDecode = "list-decode"

  func run(_ count: Int) throws {
    switch self {
    case .frame: try frames(count)
    case .call: try calls(count)
    case .item: try items(count, of: Scenario.echo)
    case .largeItem:
      try items(count, of: ImportChunk(data: .init(repeating: 0x61, count: Scenario.chunkBytes)))
    case .listEncode:
      let list = Scenario.list
      for _ in 0..<count { try require(list.cbor.count > 50) }
    case .listDecode:
      let bytes = Scenario.list.cbor
      for _ in 0..<count { try require(ContainerListResult(cbor: bytes).containers.count == 50) }
    }
  }

  private func frames(_ count: Int) throws {
    let params = Scenario.echo.cbor
    var decoder = FrameDecoder(limit: 4 << 20)
    for number in 0..<count {
      let stream = StreamID(rawValue: UInt64(2 * number + 1))
      decoder.append(Message.request(stream, method: 23, params: params, deadline: nil).framed())
      guard let frame = try decoder.next(), case .request(stream, 23, params, nil) = try Message(frame: frame)
      else { throw Failure("another message than was sent") }
    }
  }

  private func calls(_ count: Int) throws {
    var pair = MachinePair()
    try pair.greet()
    for _ in 0..<count {
      let bytes = try pair.call(Scenario.echo.cbor)
      try require(ImportChunk(cbor: bytes).data.count == Scenario.echoBytes)
    }
  }

  private func items(_ count: Int, of item: ImportChunk) throws {
    var pair = MachinePair()
    try pair.greet()
    let stream = try pair.open(Scenario.echo.cbor)
    for _ in 0..<count {
      let bytes = try pair.item(item.cbor, on: stream)
      try require(ImportChunk(cbor: bytes).data.count == item.data.count)
    }
  }
}

func require(_ condition: Bool) throws {
  if !condition { throw Failure("a hot path gave what it should not") }
}
