import WherryModel
import WherryRPC
import WherryWire

/// Makes random calls on one connection and holds each to what it may end with.
struct Caller {
  let connection: ConnectionDriver
  let tally: Tally
  var random: Random

  /// Makes one. False where the connection is over.
  mutating func call() async -> Bool {
    let kind = random.number(0...99)
    let entry = tally.enter("call of kind \(kind)")
    defer { tally.leave(entry) }
    do {
      switch kind {
      case 0..<40: try await echo(String(repeating: "e", count: random.number(1...200)))
      case 40..<43: try await echo(String(repeating: "e", count: random.number(1...200_000)))
      case 43..<46: try await refused()
      case 46..<58: try await cancelled(Methods.hang)
      case 58..<64: try await cancelled(Methods.echo)
      case 64..<68: try await expired()
      case 68..<78: try await produced(readAll: true)
      case 78..<84: try await produced(readAll: false)
      case 84..<90: try await consumed()
      case 90..<94: try await dropped()
      default: try await mirrored()
      }
      return true
    } catch {
      // Nobody cancelled it: then the connection is gone, or going.
      let error = WherryError(answering: error)
      tally.count(error.code == .unavailable ? .disconnected : .failed)
      if error.code != .unavailable { tally.fault("a call failed with \(error)") }
      return false
    }
  }

  /// Runs what feeds `call`. Where that ended meanwhile, its result says why.
  private func feeding<Output, Value>(
    _ call: Call<String, Output, UInt64>, _ body: () async throws -> Value
  ) async throws -> Value {
    do {
      return try await body()
    } catch let error as WherryError where error.code == .cancelled {
      _ = try await call.result()
      throw error
    }
  }

  private func expect(_ isTrue: Bool, _ what: @autoclosure () -> String) {
    if isTrue { tally.count(.answered) } else { tally.fault(what()) }
  }

  private func echo(_ text: String) async throws {
    let answer: String = try await connection.unary(Methods.echo, text)
    expect(answer == text, "an echo of \(text.utf8.count) bytes is of \(answer.utf8.count)")
  }

  private func refused() async throws {
    do {
      let answer: String = try await connection.unary(Methods.echo, "")
      tally.fault("what must fail gives \(answer)")
    } catch let error as WherryError where error.code == .notFound {
      tally.count(.failed)
    }
  }

  private mutating func cancelled(_ method: RPCMethod) async throws {
    let connection = connection
    let task = Task { try await connection.unary(method, "c", returning: String.self) }
    for _ in 0..<random.number(0...20) { await Task.yield() }
    task.cancel()
    do {
      _ = try await task.value
      tally.count(.answered)
    } catch let error as WherryError where error.code == .cancelled {
      tally.count(.cancelled)
    } catch is CancellationError {
      // Before it was made.
      tally.count(.cancelled)
    }
  }

  private mutating func expired() async throws {
    do {
      let _: String = try await connection.unary(
        Methods.hang, "d", deadline: .microseconds(random.number(0...4000)))
      tally.fault("a call outlives its deadline")
    } catch let error as WherryError where error.code == .deadlineExceeded {
      tally.count(.expired)
    }
  }

  private mutating func produced(readAll: Bool) async throws {
    let count = random.number(0...20)
    let size = random.number(1...random.number(1...40_000))
    let call = try await connection.stream(
      Methods.produce, "\(count) \(size)", returning: Call<NoInput, String, UInt64>.self)
    var seen = 0
    let wanted = readAll ? Int.max : random.number(0...3)
    if wanted > 0 {
      for try await item in call.output {
        if item.utf8.count != size { tally.fault("an item of \(item.utf8.count) bytes, not \(size)") }
        seen += 1
        if seen == wanted { break }
      }
    }
    guard readAll else {
      // Dropped with items unread.
      if random.once(in: 2) { call.cancel() }
      return tally.count(.dropped)
    }
    let said = try await call.result()
    expect(seen == count && said == UInt64(count), "\(seen) items came of \(count), \(said) were sent")
  }

  private mutating func consumed() async throws {
    let call = try await connection.stream(
      Methods.consume, "i", returning: Call<String, NoOutput, UInt64>.self)
    let item = String(repeating: "i", count: random.number(1...random.number(1...40_000)))
    let count = random.number(0...20)
    try await feeding(call) {
      for _ in 0..<count { try await call.send(item) }
    }
    call.end()
    let said = try await call.result()
    expect(said == UInt64(item.utf8.count * count), "\(said) bytes came of \(item.utf8.count * count)")
  }

  /// Input that stops in the middle, by a cancel or because nobody holds the call any more.
  private mutating func dropped() async throws {
    let call = try await connection.stream(
      Methods.consume, "i", returning: Call<String, NoOutput, UInt64>.self)
    let count = random.number(0...5)
    try await feeding(call) {
      for _ in 0..<count { try await call.send("i") }
    }
    if random.once(in: 2) { call.cancel() }
    tally.count(.dropped)
  }

  private mutating func mirrored() async throws {
    let call = try await connection.stream(
      Methods.mirror, "b", returning: Call<String, String, UInt64>.self)
    let count = random.number(1...10)
    var output = call.output.makeAsyncIterator()
    for index in 0..<count {
      try await feeding(call) { try await call.send("item \(index)") }
      let item = try await output.next()
      if item != "item \(index)" { tally.fault("item \(index) comes back as \(item ?? "nothing")") }
    }
    call.end()
    let said = try await call.result()
    expect(said == UInt64(count), "\(said) items were mirrored, not \(count)")
  }
}
