package import WherryRPC

/// What a listener allows (CASES.md, "Limits").
package struct ListenerSettings: Sendable {
  package var maximumConnections = 4096
  /// Of one local user, or one network address.
  package var maximumConnectionsPerOrigin = 1024
  package var connection = ConnectionSettings()
  /// How long `retire` waits for clients to close.
  package var retirementGrace = Duration.seconds(2)

  package init() {
    // A client without a call in flight reconnects when it has one.
    connection.idleTimeout = .seconds(600)
  }
}
