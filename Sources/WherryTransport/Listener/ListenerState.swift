import NIOCore
import WherryModel
import WherryRPC

/// What a listener keeps under its lock: who is connected, and since when there is nothing to do.
struct ListenerState {
  struct Member {
    var channel: any Channel
    var origin: String
    /// Nil while the policy is asked.
    var driver: ConnectionDriver?
  }

  var accepting: [any Channel] = []
  /// Why whoever is let in now is sent away at once.
  var leaving: String?
  var members: [ObjectIdentifier: Member] = [:]
  var perOrigin: [String: Int] = [:]
  /// Handlers that run. They may outlive their connection.
  var handlers = 0
  /// The last time a connection was accepted or a handler ended.
  var lastActivity: ContinuousClock.Instant

  init(now: ContinuousClock.Instant) {
    lastActivity = now
  }

  /// Since when no call is served and nobody has connected; nil while one is.
  var idleSince: ContinuousClock.Instant? { handlers == 0 ? lastActivity : nil }

  /// Gives why the connection must be refused, or counts it.
  mutating func admit(
    _ channel: any Channel, origin: String, settings: ListenerSettings, now: ContinuousClock.Instant
  ) -> WherryError? {
    guard members.count < settings.places(for: origin) else {
      return WherryError(.resourceExhausted, "\(members.count) connections are open already")
    }
    guard perOrigin[origin, default: 0] < settings.maximumConnectionsPerOrigin else {
      return WherryError(
        .resourceExhausted, "\(origin) has \(settings.maximumConnectionsPerOrigin) connections open already")
    }
    members[ObjectIdentifier(channel)] = Member(channel: channel, origin: origin)
    perOrigin[origin, default: 0] += 1
    lastActivity = now
    return nil
  }

  mutating func remove(_ channel: any Channel) {
    guard let member = members.removeValue(forKey: ObjectIdentifier(channel)) else { return }
    let left = perOrigin[member.origin, default: 1] - 1
    perOrigin[member.origin] = left > 0 ? left : nil
  }

  mutating func handlersChanged(_ change: Int, now: ContinuousClock.Instant) {
    handlers += change
    lastActivity = now
  }
}
