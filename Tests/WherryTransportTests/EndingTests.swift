import Testing
import WherryModel
import WherryRPC
import WherryWire

/// Cancelling, deadlines and closing, over every carrier.
@Suite(.timeLimit(.minutes(1)))
struct EndingTests {
  /// A handler which runs until it is cancelled, and the probes that tell.
  final class Stuck: Sendable {
    let started = Probe()
    let cancelled = Probe()

    var handlers: [RPCMethod: @Sendable (IncomingCall) async -> Void] {
      [
        .systemVersion: { call in
          await call.serveUnary { (_: String, _) -> String in
            self.started.add()
            await untilCancelled()
            self.cancelled.add()
            throw CancellationError()
          }
        },
        .systemInfo: { await $0.serveUnary { (text: String, _) in text } },
      ]
    }
  }

  @Test(arguments: Carrier.allCases)
  func cancellingTheTaskCancelsTheHandler(_ carrier: Carrier) async throws {
    let stuck = Stuck()
    try await carrier.connect(stuck.handlers) { client, server in
      let task = Task { let _: String = try await client.unary(.systemVersion, "x") }
      try await stuck.started.reach(1)
      task.cancel()
      let error = await #expect(throws: WherryError.self) { try await task.value }
      #expect(error?.code == .cancelled)
      try await stuck.cancelled.reach(1)
      let _: String = try await client.unary(.systemInfo, "x")
    }
  }

  @Test(arguments: Carrier.allCases)
  func droppingACallCancelsTheHandler(_ carrier: Carrier) async throws {
    let stuck = Stuck()
    try await carrier.connect(stuck.handlers) { client, _ in
      var call: Call<NoInput, NoOutput, String>? = try await client.stream(.systemVersion, "x")
      try await stuck.started.reach(1)
      #expect(call != nil)
      call = nil
      try await stuck.cancelled.reach(1)
    }
  }

  @Test(arguments: Carrier.allCases)
  func aDeadlineEndsTheCallOnBothSides(_ carrier: Carrier) async throws {
    let stuck = Stuck()
    try await carrier.connect(stuck.handlers) { client, _ in
      let error = await #expect(throws: WherryError.self) {
        let _: String = try await client.unary(.systemVersion, "x", deadline: .milliseconds(30))
      }
      #expect(error?.code == .deadlineExceeded)
      try await stuck.cancelled.reach(1)
    }
  }

  @Test(arguments: Carrier.allCases)
  func theHandlerKnowsTheDeadline(_ carrier: Carrier) async throws {
    let handler: @Sendable (IncomingCall) async -> Void = { call in
      await call.serveUnary { (_: String, context) in
        context.deadline.map { ContinuousClock.now.duration(to: $0) < .seconds(61) } ?? false
      }
    }
    try await carrier.connect([.systemVersion: handler]) { client, _ in
      let knows: Bool = try await client.unary(.systemVersion, "x", deadline: .seconds(60))
      #expect(knows == true)
      let knowsOfNone: Bool = try await client.unary(.systemVersion, "x")
      #expect(knowsOfNone == false)
    }
  }

  @Test(arguments: Carrier.allCases)
  func closingFailsTheCallsAndCancelsTheHandlers(_ carrier: Carrier) async throws {
    let stuck = Stuck()
    try await carrier.connect(stuck.handlers) { client, server in
      let task = Task { let _: String = try await client.unary(.systemVersion, "x") }
      try await stuck.started.reach(1)
      server.close("the end")
      let error = await #expect(throws: WherryError.self) { try await task.value }
      #expect(error?.code == .unavailable)
      #expect(error?.isRetrySafe == false)
      try await stuck.cancelled.reach(1)
      await client.waitUntilClosed()
    }
  }

  @Test(arguments: Carrier.allCases)
  func aSideThatGoesAwayFinishesWhatItServes(_ carrier: Carrier) async throws {
    let started = Probe()
    let mayEnd = Probe()
    let handler: @Sendable (IncomingCall) async -> Void = { call in
      await call.serveUnary { (text: String, _) in
        started.add()
        try await mayEnd.reach(1)
        return text
      }
    }
    try await carrier.connect([.systemVersion: handler]) { client, server in
      async let answer: String = client.unary(.systemVersion, "served")
      try await started.reach(1)
      server.leave("idle")
      var refusal: WherryError?
      while refusal == nil {
        // Until the farewell has come, a call is sent and not served; after it, not sent.
        do throws(WherryError) {
          do {
            let _: String = try await client.unary(.systemVersion, "late")
          } catch {
            throw WherryError(answering: error)
          }
        } catch {
          refusal = error
        }
      }
      #expect(refusal?.isRetrySafe == true)
      mayEnd.add()
      let served = try await answer
      #expect(served == "served")
      await client.waitUntilClosed()
    }
  }
}
