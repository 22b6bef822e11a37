package import WherryRPC

/// What a listener allows (CASES.md, "Limits").
package struct ListenerSettings: Sendable {
  package var maximumConnections = 4096
  /// Of one local user, or one network address.
  package var maximumConnectionsPerOrigin = 1024
  /// Places that only root of this machine gets, so that no crowd locks it out.
  package var reservedForRoot = 16
  package var connection = ConnectionSettings()
  /// How long `retire` waits for clients to close.
  package var retirementGrace = Duration.seconds(2)

  package init() {
    // A client without a call in flight reconnects when it has one.
    connection.idleTimeout = .seconds(600)
    // It is the device that has little memory, and many clients.
    connection.initialCredit = 256 << 10
  }

  /// How many connections there may be before one of `origin` is refused.
  func places(for origin: String) -> Int {
    // Half of few is kept at most, or nobody else would be served at all.
    origin == Self.root
      ? maximumConnections : maximumConnections - min(reservedForRoot, maximumConnections / 2)
  }

  static let root = "uid 0"
}
