import Testing
import WherryModel
import WherryRPC
import WherryWire

/// Calls with items, over every carrier.
@Suite(.timeLimit(.minutes(1)))
struct ItemTests {
  @Test(arguments: Carrier.allCases)
  func outputArrivesInOrderBeforeTheResult(_ carrier: Carrier) async throws {
    let handler: @Sendable (IncomingCall) async -> Void = { call in
      await call.serveOutput { (count: UInt64, output: ItemSink<UInt64>, _) in
        for number in 0..<count { try await output.send(number) }
        return "done"
      }
    }
    try await carrier.connect([.containerLogs: handler]) { client, _ in
      let call: Call<NoInput, UInt64, String> = try await client.stream(.containerLogs, UInt64(2000))
      var expected: UInt64 = 0
      for try await number in call.output {
        #expect(number == expected)
        expected += 1
      }
      #expect(expected == 2000)
      let result = try await call.result()
      #expect(result == "done")
    }
  }

  @Test(arguments: Carrier.allCases)
  func inputArrivesAndItsEndIsSeen(_ carrier: Carrier) async throws {
    let handler: @Sendable (IncomingCall) async -> Void = { call in
      await call.serveInput { (_: String, input: ItemSource<UInt64>, _) in
        var sum: UInt64 = 0
        for try await number in input { sum += number }
        return sum
      }
    }
    try await carrier.connect([.imageImport: handler]) { client, _ in
      let call: Call<UInt64, NoOutput, UInt64> = try await client.stream(.imageImport, "x")
      for number in UInt64(1)...100 { try await call.send(number) }
      call.end()
      let sum = try await call.result()
      #expect(sum == 5050)
      await #expect(throws: WherryError.self) { try await call.send(1) }
    }
  }

  /// Each way carries many times what its window holds.
  @Test(arguments: Carrier.allCases)
  func aLongConversationOutlivesItsWindow(_ carrier: Carrier) async throws {
    let handler: @Sendable (IncomingCall) async -> Void = { call in
      await call.serveStreaming {
        (_: String, input: ItemSource<String>, output: ItemSink<String>, _) -> Bool in
        for try await text in input { try await output.send(text) }
        return true
      }
    }
    try await carrier.connect([.containerRun: handler]) { client, _ in
      let call: Call<String, String, Bool> = try await client.stream(.containerRun, "x")
      let large = String(repeating: "x", count: 100_000)
      async let sent: Void = {
        for number in 0..<40 { try await call.send("\(number) \(large)") }
        call.end()
      }()
      var received = 0
      for try await text in call.output {
        #expect(text.hasPrefix("\(received) "))
        received += 1
      }
      try await sent
      #expect(received == 40)
      let isDone = try await call.result()
      #expect(isDone)
    }
  }

  @Test(arguments: Carrier.allCases)
  func aSlowReaderStopsTheSenderAtTheWindow(_ carrier: Carrier) async throws {
    var settings = ConnectionSettings()
    settings.initialCredit = 10_000
    let sent = Probe()
    // An item of 98 characters has 100 bytes.
    let item = String(repeating: "x", count: 98)
    let handler: @Sendable (IncomingCall) async -> Void = { call in
      await call.serveOutput { (_: String, output: ItemSink<String>, _) in
        for _ in 0..<500 {
          try await output.send(item)
          sent.add()
        }
        return true
      }
    }
    try await carrier.connect([.containerLogs: handler], client: settings) { client, _ in
      let call: Call<NoInput, String, Bool> = try await client.stream(.containerLogs, "x")
      try await sent.reach(100)
      for _ in 0..<20 { try await client.ping() }
      #expect(sent.count == 100)
      var received = 0
      for try await _ in call.output {
        received += 1
        #expect(sent.count <= received + 100)
      }
      #expect(received == 500)
    }
  }

  @Test(arguments: Carrier.allCases)
  func cancellingFreesAHandlerThatWaitsForCredit(_ carrier: Carrier) async throws {
    let sent = Probe()
    let ended = Probe()
    let handler: @Sendable (IncomingCall) async -> Void = { call in
      await call.serveOutput { (_: String, output: ItemSink<String>, _) -> Bool in
        defer { ended.add() }
        while true {
          try await output.send(String(repeating: "x", count: 10_000))
          sent.add()
        }
      }
    }
    try await carrier.connect([.containerLogs: handler]) { client, _ in
      let call: Call<NoInput, String, Bool> = try await client.stream(.containerLogs, "x")
      try await sent.reach(26)
      call.cancel()
      try await ended.reach(1)
      let error = await #expect(throws: WherryError.self) { _ = try await call.result() }
      #expect(error?.code == .cancelled)
    }
  }

  @Test(arguments: Carrier.allCases)
  func anItemAboveHalfTheWindowIsRefusedAndTheCallGoesOn(_ carrier: Carrier) async throws {
    let handler: @Sendable (IncomingCall) async -> Void = { call in
      await call.serveInput { (_: String, input: ItemSource<String>, _) in
        var count: UInt64 = 0
        for try await text in input { count += UInt64(text.utf8.count) }
        return count
      }
    }
    var server = ConnectionSettings()
    server.initialCredit = 256 << 10
    try await carrier.connect([.imageImport: handler], server: server) { client, _ in
      let call: Call<String, NoOutput, UInt64> = try await client.stream(.imageImport, "x")
      try await client.ping()
      let half = server.initialCredit / 2
      let error = await #expect(throws: WherryError.self) {
        try await call.send(String(repeating: "x", count: half))
      }
      #expect(error?.code == .resourceExhausted)
      try await call.send(String(repeating: "x", count: half - 5))
      call.end()
      let count = try await call.result()
      #expect(count == UInt64(half - 5))
    }
  }

  @Test(arguments: Carrier.allCases)
  func aFailureComesAfterTheItemsBeforeIt(_ carrier: Carrier) async throws {
    let handler: @Sendable (IncomingCall) async -> Void = { call in
      await call.serveOutput { (_: String, output: ItemSink<UInt64>, _) -> Bool in
        try await output.send(7)
        throw WherryError(.notFound, "no more")
      }
    }
    try await carrier.connect([.containerLogs: handler]) { client, _ in
      let call: Call<NoInput, UInt64, Bool> = try await client.stream(.containerLogs, "x")
      var received: [UInt64] = []
      let error = await #expect(throws: WherryError.self) {
        for try await number in call.output { received.append(number) }
      }
      #expect(received == [7])
      #expect(error?.code == .notFound)
    }
  }
}
