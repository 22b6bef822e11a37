import WherryModel

/// How long to wait before starting a container again, as Docker: 100 ms, twice as long each time, up to a minute; from
/// the start again after a run of ten seconds.
package struct RestartBackoff: Sendable, Equatable {
  package static let first = Duration.milliseconds(100)
  package static let longest = Duration.seconds(60)
  package static let settled = Duration.seconds(10)

  /// The delay of the next end, unless that run lasts.
  package private(set) var next = first

  package init() {}

  /// Goes on where another left off; a delay beyond the bounds is brought within them.
  package init(next: Duration) { self.next = max(min(next, Self.longest), Self.first) }

  package mutating func delay(afterRunning time: Duration?) -> Duration {
    if let time, time >= Self.settled { next = Self.first }
    let delay = next
    next = min(next * 2, Self.longest)
    return delay
  }
}
