import WherryModel

/// How long to wait before starting a container again, as Docker: 100 ms, twice as long each time, up to a minute; from
/// the start again after a run of ten seconds.
package struct RestartBackoff: Sendable {
  package static let first = Duration.milliseconds(100)
  package static let longest = Duration.seconds(60)
  package static let settled = Duration.seconds(10)

  private var next = first

  package init() {}

  package mutating func delay(afterRunning time: Duration?) -> Duration {
    if let time, time >= Self.settled { next = Self.first }
    let delay = next
    next = min(next * 2, Self.longest)
    return delay
  }
}
