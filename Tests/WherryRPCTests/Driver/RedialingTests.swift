import Synchronization
import Testing
import WherryModel
import WherryRPC
import WherryWire

/// No call is lost when a peer goes away just as it is made.
@Suite(.timeLimit(.minutes(1)))
struct RedialingTests {
  /// A server each of whose connections goes away at some moment, given by number.
  final class Leaver: Sendable {
    let dialled = Counter()
    let served = Counter()
    private let leave: @Sendable (Int, ConnectionDriver) -> Void

    init(leave: @escaping @Sendable (Int, ConnectionDriver) -> Void) {
      self.leave = leave
    }

    func connection() -> RedialingConnection {
      RedialingConnection {
        let service = Service { call in
          self.served.add()
          await call.serveUnary { (text: String, _) in text }
        }
        let pair = InProcessTransport.connect(acceptor: .init(service: service))
        self.dialled.add()
        self.leave(self.dialled.count, pair.acceptor)
        return pair.dialler
      }
    }
  }

  @Test
  func aCallOnAConnectionThatGoesAwayIsMadeOnTheNext() async throws {
    let leaver = Leaver { number, server in if number < 3 { server.leave("idle") } }
    let connection = leaver.connection()
    let answer: String = try await connection.unary(.systemVersion, "x")
    #expect(answer == "x")
    #expect(leaver.dialled.count == 3)
    #expect(leaver.served.count == 1)
    connection.close()
  }

  @Test
  func aCallWithItemsIsKnownToBeServedBeforeItIsGivenOut() async throws {
    let leaver = Leaver { number, server in if number < 2 { server.leave("idle") } }
    let connection = leaver.connection()
    let call: Call<String, String, String> = try await connection.stream(.systemVersion, "x")
    #expect(leaver.dialled.count == 2)
    let answer = try await call.result()
    #expect(answer == "x")
    connection.close()
  }

  @Test
  func aConnectionMadeEarlyIsTheOneThatIsUsed() async throws {
    let leaver = Leaver { _, _ in }
    let connection = leaver.connection()
    try await connection.connect()
    #expect(leaver.dialled.count == 1)
    for _ in 0..<3 {
      let answer: String = try await connection.unary(.systemVersion, "x")
      #expect(answer == "x")
    }
    #expect(leaver.dialled.count == 1)
    connection.close()
  }

  @Test
  func itGivesUpInTheEnd() async throws {
    let leaver = Leaver { _, server in server.leave("always") }
    let connection = leaver.connection()
    let error = await #expect(throws: WherryError.self) {
      let _: String = try await connection.unary(.systemVersion, "x")
    }
    #expect(error?.code == .unavailable)
    #expect(leaver.dialled.count == 5)
    #expect(leaver.served.count == 0)
  }
}
