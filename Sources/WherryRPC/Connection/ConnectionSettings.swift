/// What one side of a connection offers and bounds. `hello` carries the first part to the peer.
package struct ConnectionSettings: Sendable {
  package var version: UInt64 = 1
  package var minimumVersion: UInt64 = 1
  /// The largest message taken (CASES.md, "Limits").
  package var maximumFrame = 4 << 20
  /// How many calls of the peer are served at once.
  package var maximumStreams = 256
  /// How many bytes of items the peer may send on a stream before more are granted. A stream of 64 MiB is twice as
  /// fast with 1 MiB as with 256 KiB (Tests/Benchmarks).
  package var initialCredit = 1024 << 10
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
  /// How many bytes of items may wait here to be read, all calls of the peer together; the call that
  /// brings more is refused. Calls that are read from do not get here.
  package var maximumUnread = 4 << 20
  /// Nil where the kernel tells at once that the peer is gone, as of a unix socket.
  package var keepalive: Keepalive.Timing?
  /// How many of our calls may wait for the peer's hello or for the end of other calls.
  package var maximumWaiting = 4096

  package init() {}

  /// These settings, on a transport that needs `keepalive` or none.
  package func keepingAlive(_ keepalive: Keepalive.Timing?) -> ConnectionSettings {
    var settings = self
    settings.keepalive = keepalive ?? settings.keepalive
    return settings
  }

  /// The largest message before the peer's hello is read, and the least any peer must take.
  package static let minimumFrame = 4096
}
