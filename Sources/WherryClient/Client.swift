import Synchronization
import WherryModel
package import WherryRPC

/// Typed calls to one daemon, over a connection that is made anew when the daemon went away
/// before it took up a call (it exits when idle).
package final class Client: Sendable {
  private let dial: @Sendable () async throws -> any RPCConnection
  private let connection: Mutex<any RPCConnection>

  /// Connects with `dial`, which is also used to connect again.
  package init(dial: @escaping @Sendable () async throws -> any RPCConnection) async throws {
    self.dial = dial
    connection = Mutex(try await dial())
  }

  /// Makes calls. Where the daemon says that it did not take one up, `body` runs once more on a
  /// new connection: whatever it had consumed by then, it had sent nothing that counted.
  package func call<Success>(_ body: (WherryCalls) async throws -> Success) async throws -> Success {
    do {
      return try await body(WherryCalls(connection.withLock { $0 }))
    } catch let error as WherryError where error.isRetrySafe {
      let fresh = try await dial()
      connection.withLock { $0 = fresh }
      return try await body(WherryCalls(fresh))
    }
  }
}
