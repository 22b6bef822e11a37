/// What a registry may use of our time and memory (CASES.md, "Limits").
struct RegistryLimits: Sendable, Equatable {
  /// Manifests and configurations.
  var documentBytes = 4 << 20
  /// Token and error bodies.
  var smallBytes = 1 << 20
  var redirects = 10
  /// Until an answer's head; between two pieces of its body; and for each `trickleBytes` of it.
  var idle: Duration = .seconds(60)
  var connect: Duration = .seconds(30)
  var trickleBytes = 4096
  /// Failures in a row without progress between them that are tried again in any case,
  var attempts = 5
  /// and how long without progress all the same.
  var patience: Duration = .seconds(60)
  /// Before the second attempt; doubles for each further one, up to `longestPause`.
  var firstPause: Duration = .milliseconds(500)
  var longestPause: Duration = .seconds(30)
}
