import WherryModel
package import WherryWire

/// The order in which history is told. Pure.
package enum EventOrder {
  /// Times of files have the tick of the kernel's clock (CONFIG_HZ of 100 at least), others do not: an end that is read
  /// off a file may seem to be before the start it follows.
  private static let tick: UInt64 = 10_000_000

  /// By time, from `events` in the order they were written. What was written after something else of the same object is
  /// after it where no more than a tick speaks against that.
  package static func byTime(_ events: [Event]) -> [Event] {
    var last: [String: UInt64] = [:]
    let timed = events.enumerated().map { place, event in
      var time = event.time.nanoseconds
      if let before = last[event.id], before > time, before - time <= tick { time = before }
      last[event.id] = time
      return (time, place, event)
    }
    return timed.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map { $0.2 }
  }
}
