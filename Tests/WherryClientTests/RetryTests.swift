import Synchronization
import Testing
import WherryModel
import WherryRPC
import WherryWire

@testable import WherryClient

struct RetryTests {
  /// Answers or fails; counts how often it was asked.
  final class FakeConnection: RPCConnection {
    let failure: WherryError?
    let calls = Mutex(0)

    init(_ failure: WherryError?) { self.failure = failure }

    func open(_ method: RPCMethod, params: [UInt8], deadline: Duration?) async throws -> OutgoingCall {
      throw failure ?? WherryError(.unsupported, "streams")
    }

    func unary(_ method: RPCMethod, params: [UInt8], deadline: Duration?) async throws -> [UInt8] {
      calls.withLock { $0 += 1 }
      if let failure { throw failure }
      return [0xA0]
    }
  }

  /// Hands out connections in order.
  final class Dialer: Sendable {
    let waiting: Mutex<[FakeConnection]>
    let dialled = Mutex(0)

    init(_ connections: [FakeConnection]) { waiting = Mutex(connections) }

    func dial() throws -> FakeConnection {
      dialled.withLock { $0 += 1 }
      return try waiting.withLock { waiting in
        if waiting.isEmpty { throw WherryError(.unavailable, "nobody listens") }
        return waiting.removeFirst()
      }
    }
  }

  static let goingAway = WherryError.retryable("the daemon is going away")

  @Test func aCallThatWasNotStartedIsMadeAgainOnANewConnection() async throws {
    let dialer = Dialer([FakeConnection(Self.goingAway), FakeConnection(nil)])
    let client = try await Client { try dialer.dial() }
    _ = try await client.call { try await $0.containerStart(ContainerStartParams(container: "web")) }
    #expect(dialer.dialled.withLock { $0 } == 2)
  }

  @Test func itIsMadeAgainOnlyOnce() async throws {
    let dialer = Dialer([FakeConnection(Self.goingAway), FakeConnection(Self.goingAway), FakeConnection(nil)])
    let client = try await Client { try dialer.dial() }
    await #expect(throws: WherryError.self) {
      _ = try await client.call { try await $0.containerStart(ContainerStartParams(container: "web")) }
    }
    #expect(dialer.dialled.withLock { $0 } == 2)
  }

  @Test func aCallThatMayHaveBeenStartedIsNotMadeAgain() async throws {
    let dialer = Dialer([FakeConnection(WherryError(.unavailable, "connection lost")), FakeConnection(nil)])
    let client = try await Client { try dialer.dial() }
    await #expect(throws: WherryError.self) {
      _ = try await client.call { try await $0.containerStart(ContainerStartParams(container: "web")) }
    }
    #expect(dialer.dialled.withLock { $0 } == 1)
  }

  @Test func theNewConnectionIsKept() async throws {
    let second = FakeConnection(nil)
    let dialer = Dialer([FakeConnection(Self.goingAway), second])
    let client = try await Client { try dialer.dial() }
    for _ in 0..<3 {
      _ = try await client.call { try await $0.containerStart(ContainerStartParams(container: "web")) }
    }
    #expect(second.calls.withLock { $0 } == 3)
    #expect(dialer.dialled.withLock { $0 } == 2)
  }
}
