/// What one side of a connection offers and bounds. `hello` carries the first part to the peer.
package struct ConnectionSettings: Sendable {
  package var version: UInt64 = 1
  package var minimumVersion: UInt64 = 1
  /// The largest message taken (CASES.md, "Limits").
  package var maximumFrame = 4 << 20
  /// How many calls of the peer are served at once.
  package var maximumStreams = 256
  /// How many bytes of items the peer may send on a stream before more are granted.
  package var initialCredit = 256 << 10
  package var software = "wherry"
  package var features: [UInt64] = []

  /// How long a peer may say nothing before its hello.
  package var helloTimeout = Duration.seconds(45)
  /// How long a connection without calls is kept; for ever where nil.
  package var idleTimeout: Duration?
  /// How long a side that is going away waits for the peer to close.
  package var grace = Duration.seconds(5)
  /// Where a peer that makes us answer and does not read loses its connection. Nothing that waits
  /// for room gets here; it takes refusals and pongs.
  package var maximumQueued = 16 << 20
  /// How many of our calls may wait for the peer's hello or for the end of other calls.
  package var maximumWaiting = 4096

  package init() {}

  /// The largest message before the peer's hello is read, and the least any peer must take.
  package static let minimumFrame = 4096
}
