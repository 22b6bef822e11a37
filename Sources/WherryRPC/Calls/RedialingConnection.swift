import Synchronization
import WherryModel
package import WherryWire

/// A connection that is made when it is needed, and made again where the peer went away before it
/// had started a call.
package final class RedialingConnection: RPCConnection {
  private let dial: @Sendable () async throws -> ConnectionDriver
  private let current = Mutex<ConnectionDriver?>(nil)
  private let attempts: Int

  package init(attempts: Int = 5, dial: @escaping @Sendable () async throws -> ConnectionDriver) {
    self.attempts = attempts
    self.dial = dial
  }

  /// Makes the connection before the first call needs it.
  package func connect() async throws {
    _ = try await connection()
  }

  /// A call in which items flow cannot be made again once some have: so its request is known to be
  /// accepted before it is given out. A peer that goes away says so before it answers a ping.
  package func open(
    _ method: RPCMethod, params: [UInt8], deadline: Duration?
  ) async throws -> OutgoingCall {
    try await retrying { connection in
      let call = try await connection.open(method, params: params, deadline: deadline)
      try await connection.ensureSeen(call)
      return call
    }
  }

  package func unary(_ method: RPCMethod, params: [UInt8], deadline: Duration?) async throws -> [UInt8] {
    try await retrying { try await $0.open(method, params: params, deadline: deadline).result() }
  }

  /// Closes the connection, if there is one.
  package func close() {
    let connection = current.withLock { current in
      defer { current = nil }
      return current
    }
    connection?.close()
  }

  private func retrying<Value>(_ body: (ConnectionDriver) async throws -> Value) async throws -> Value {
    var left = attempts
    while true {
      left -= 1
      let connection = try await connection()
      do {
        return try await body(connection)
      } catch let error as WherryError where error.isRetrySafe && left > 0 {
        current.withLock { if $0 === connection { $0 = nil } }
      }
    }
  }

  private func connection() async throws -> ConnectionDriver {
    if let known = current.withLock({ $0 }), !known.isClosed { return known }
    let new = try await dial()
    // Another task may have dialled meanwhile: both connections work, and one stays for the next call.
    current.withLock { $0 = new }
    return new
  }
}
