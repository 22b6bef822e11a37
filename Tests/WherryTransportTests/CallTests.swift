import Testing
import WherryModel
import WherryRPC
import WherryWire

/// Calls without items, over every carrier.
@Suite(.timeLimit(.minutes(1)))
struct CallTests {
  @Test(arguments: Carrier.allCases)
  func anAnswerComesBack(_ carrier: Carrier) async throws {
    try await carrier.connect([.systemVersion: { await $0.serveUnary { (text: String, _) in text + "!" } }]) {
      client, _ in
      let answer: String = try await client.unary(.systemVersion, "hello")
      #expect(answer == "hello!")
    }
  }

  @Test(arguments: Carrier.allCases)
  func anErrorKeepsItsCodeHintAndDetails(_ carrier: Carrier) async throws {
    let future = WherryError.Code(rawValue: 4711)
    let handler: @Sendable (IncomingCall) async -> Void = { call in
      await call.serveUnary { (_: String, _) -> String in
        throw WherryError(future, "what", hint: "do", details: ["a": "b"])
      }
    }
    try await carrier.connect([.systemVersion: handler]) { client, _ in
      let error = await #expect(throws: WherryError.self) {
        let _: String = try await client.unary(.systemVersion, "x")
      }
      #expect(error?.code == future)
      #expect(error?.message == "what")
      #expect(error?.hint == "do")
      #expect(error?.details == ["a": "b"])
    }
  }

  @Test(arguments: Carrier.allCases)
  func aMethodNobodyKnowsIsRefusedAndTheConnectionStays(_ carrier: Carrier) async throws {
    let unheardOf = RPCMethod(number: 60000, name: "x", role: .viewer, hasInput: false, hasOutput: false)
    try await carrier.connect([.systemVersion: { await $0.serveUnary { (n: UInt64, _) -> UInt64 in n } }]) {
      client, _ in
      for method in [unheardOf, .systemInfo] {
        let error = await #expect(throws: WherryError.self) {
          let _: String = try await client.unary(method, "x")
        }
        #expect(error?.code == .unknownMethod)
      }
      let echoed: UInt64 = try await client.unary(.systemVersion, UInt64(1))
      #expect(echoed == UInt64(1))
    }
  }

  @Test(arguments: Carrier.allCases)
  func aRoleTooLowIsRefusedBeforeTheHandlerRuns(_ carrier: Carrier) async throws {
    let ran = Probe()
    let handler: @Sendable (IncomingCall) async -> Void = { call in
      ran.add()
      await call.serveUnary { (text: String, _) in text }
    }
    try await carrier.connect([.containerCreate: handler, .systemVersion: handler], role: .operator) {
      client, _ in
      let error = await #expect(throws: WherryError.self) {
        let _: String = try await client.unary(.containerCreate, "x")
      }
      #expect(error?.code == .permissionDenied)
      #expect(ran.count == 0)
      let _: String = try await client.unary(.systemVersion, "x")
      #expect(ran.count == 1)
    }
  }

  @Test(arguments: Carrier.allCases)
  func malformedParametersAreTheCallersFault(_ carrier: Carrier) async throws {
    try await carrier.connect([.systemVersion: { await $0.serveUnary { (n: UInt64, _) -> UInt64 in n } }]) {
      client, _ in
      let error = await #expect(throws: WherryError.self) {
        let _: UInt64 = try await client.unary(.systemVersion, "no number")
      }
      #expect(error?.code == .invalidArgument)
    }
  }

  @Test(arguments: Carrier.allCases)
  func aHandlerThatDoesNotAnswerIsAnInternalError(_ carrier: Carrier) async throws {
    try await carrier.connect([.systemVersion: { _ in }]) { client, _ in
      let error = await #expect(throws: WherryError.self) {
        let _: String = try await client.unary(.systemVersion, "x")
      }
      #expect(error?.code == .internal)
    }
  }

  @Test(arguments: Carrier.allCases)
  func aThousandCallsAtOnceAreAllAnswered(_ carrier: Carrier) async throws {
    try await carrier.connect([.systemVersion: { await $0.serveUnary { (n: UInt64, _) in n * 2 } }]) {
      client, _ in
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in UInt64(0)..<1000 {
          group.addTask { try await client.unary(.systemVersion, number) == number * 2 }
        }
        for try await isRight in group { #expect(isRight) }
      }
      #expect(client.activeCalls == 0)
    }
  }

  @Test(arguments: Carrier.allCases)
  func bothSidesCall(_ carrier: Carrier) async throws {
    let service = Service.table([.systemInfo: { await $0.serveUnary { (n: UInt64, _) in n + 1 } }])
    try await carrier.connect(
      [.systemVersion: { await $0.serveUnary { (n: UInt64, _) in n * 2 } }], clientService: service
    ) { client, server in
      async let doubled: UInt64 = client.unary(.systemVersion, UInt64(21))
      async let next: UInt64 = server.unary(.systemInfo, UInt64(41))
      let answers: (UInt64, UInt64) = try await (doubled, next)
      #expect(answers == (42, 42))
    }
  }

  @Test(arguments: Carrier.allCases)
  func whatIsTooLargeFailsThatCallOnly(_ carrier: Carrier) async throws {
    let handlers: [RPCMethod: @Sendable (IncomingCall) async -> Void] = [
      .systemVersion: { await $0.serveUnary { (text: String, _) -> UInt64 in UInt64(text.utf8.count) } },
      .systemInfo: {
        await $0.serveUnary { (n: UInt64, _) -> String in String(repeating: "x", count: Int(n)) }
      },
    ]
    // The frame of a request has 10 bytes beside the text, that of a response 8.
    let limit = 4 << 20
    try await carrier.connect(handlers) { client, _ in
      let fits = String(repeating: "x", count: limit - 16)
      let length: UInt64 = try await client.unary(.systemVersion, fits)
      #expect(length == UInt64(fits.utf8.count))
      let request = await #expect(throws: WherryError.self) {
        let _: UInt64 = try await client.unary(.systemVersion, String(repeating: "x", count: limit))
      }
      #expect(request?.code == .resourceExhausted)
      let answer: String = try await client.unary(.systemInfo, UInt64(limit - 16))
      #expect(answer.utf8.count == limit - 16)
      let response = await #expect(throws: WherryError.self) {
        let _: String = try await client.unary(.systemInfo, UInt64(limit))
      }
      #expect(response?.code == .resourceExhausted)
      let stillServed: UInt64 = try await client.unary(.systemVersion, "still here")
      #expect(stillServed == UInt64(10))
    }
  }
}
