package import WherryModel

/// The life of the connection to one plugin: started when it is first asked, kept while it answers, given up when it does
/// not. Time and links are passed in; what is to be done is handed back.
package struct PluginMachine<Link: Sendable, Waiter: Sendable>: Sendable {
  package enum State: Sendable {
    /// To `starting` at the next call.
    case idle
    /// To `ready` or `failed`. Calls wait.
    case starting(attempt: UInt64, waiting: [Waiter])
    /// To `idle` when it leaves, to `failed` when it does not answer.
    case ready(attempt: UInt64, Link, since: ContinuousClock.Instant)
    /// To `starting`, not before its time: a program that ends at once is not started all the time.
    case failed(WherryError, until: ContinuousClock.Instant)
    /// The daemon ends. For ever.
    case closed
  }

  package enum Action: Sendable {
    case start(attempt: UInt64)
    case resume([Waiter], Result<Link, WherryError>)
    case stop(Link)
  }

  package static var pause: Duration { .seconds(1) }
  package static var maximumWaiting: Int { 256 }

  package private(set) var state = State.idle
  private let name: String
  private var attempts: UInt64 = 0

  package init(name: String) {
    self.name = name
  }

  package mutating func callRequested(_ waiter: Waiter, now: ContinuousClock.Instant) -> [Action] {
    switch state {
    case .idle: return start(waiter)
    case .starting(let attempt, let waiting):
      guard waiting.count < Self.maximumWaiting else {
        let error = WherryError(
          .resourceExhausted, "plugin \(name): \(waiting.count) calls wait for it already", hint: "try again")
        return [.resume([waiter], .failure(error))]
      }
      state = .starting(attempt: attempt, waiting: waiting + [waiter])
      return []
    case .ready(_, let link, _): return [.resume([waiter], .success(link))]
    case .failed(let error, let until):
      return now < until ? [.resume([waiter], .failure(error))] : start(waiter)
    case .closed: return [.resume([waiter], .failure(ending))]
    }
  }

  private mutating func start(_ waiter: Waiter) -> [Action] {
    attempts &+= 1
    state = .starting(attempt: attempts, waiting: [waiter])
    return [.start(attempt: attempts)]
  }

  /// It has said what it is.
  package mutating func described(attempt: UInt64, _ link: Link, now: ContinuousClock.Instant) -> [Action] {
    guard case .starting(attempt, let waiting) = state else { return [.stop(link)] }
    state = .ready(attempt: attempt, link, since: now)
    return [.resume(waiting, .success(link))]
  }

  package mutating func startFailed(
    attempt: UInt64, _ error: WherryError, now: ContinuousClock.Instant
  ) -> [Action] {
    guard case .starting(attempt, let waiting) = state else { return [] }
    state = .failed(error, until: now + Self.pause)
    return [.resume(waiting, .failure(error))]
  }

  /// The connection is over. Calls on it fail by themselves.
  package mutating func linkLost(
    attempt: UInt64, _ error: WherryError, now: ContinuousClock.Instant
  ) -> [Action] {
    guard case .ready(attempt, let link, let since) = state else { return [] }
    state = now < since + Self.pause ? .failed(error, until: now + Self.pause) : .idle
    return [.stop(link)]
  }

  /// A call was not answered in time: whatever it does, it is not to be relied on.
  package mutating func deadlineMissed(
    attempt: UInt64, _ error: WherryError, now: ContinuousClock.Instant
  ) -> [Action] {
    guard case .ready(attempt, let link, _) = state else { return [] }
    state = .failed(error, until: now + Self.pause)
    return [.stop(link)]
  }

  /// Another file is in its place, or none: the next call finds what there is.
  package mutating func replaced(attempt: UInt64) -> [Action] {
    guard case .ready(attempt, let link, _) = state else { return [] }
    state = .idle
    return [.stop(link)]
  }

  package mutating func closeRequested() -> [Action] {
    defer { state = .closed }
    switch state {
    case .idle, .failed, .closed: return []
    case .starting(_, let waiting): return [.resume(waiting, .failure(ending))]
    case .ready(_, let link, _): return [.stop(link)]
    }
  }

  private var ending: WherryError {
    WherryError(.unavailable, "plugin \(name): the daemon is ending", hint: "try again")
  }
}
