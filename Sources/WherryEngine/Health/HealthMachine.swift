package import WherryModel
package import WherryWire

/// The health of one run of a container as a value, with Docker's rules: facts come in, actions come out. Whoever runs
/// the probes, the engine or a timer of systemd's, asks this what they mean.
package struct HealthMachine: Sendable, Equatable {
  package static let maximumLog = 5
  package static let maximumOutput = 4096

  package enum Event: Sendable, Equatable {
    /// The container's first process runs since then.
    case started(at: Timestamp)
    case probeEnded(HealthProbe)
    case ended
  }

  package enum Action: Sendable, Equatable {
    case persist(HealthRecord)
    /// For the log.
    case report(from: HealthState, to: HealthState)
    case act(HealthFailureAction)
    case probe(at: Timestamp)
  }

  package let plan: HealthPlan
  /// Nil while it does not run.
  package private(set) var record: HealthRecord?

  /// Goes on with `record`, where that is about the run whose start is told next.
  package init(_ plan: HealthPlan, resuming record: HealthRecord? = nil) {
    self.plan = plan
    self.record = record
  }

  package mutating func handle(_ event: Event) -> [Action] {
    switch event {
    case .started(let now): return started(now)
    case .probeEnded(let probe): return probeEnded(probe)
    case .ended:
      record = nil
      return []
    }
  }

  /// Whether the short interval holds: nothing was healthy yet, and the start period goes on.
  package func isStarting(at now: Timestamp) -> Bool {
    guard let record, record.health.state == .starting else { return false }
    return now < record.startedAt.adding(plan.startPeriod)
  }

  private mutating func started(_ now: Timestamp) -> [Action] {
    if let record, record.startedAt == now {
      // Known from before: by a daemon that was started again.
      return [.probe(at: next(after: record.health.log.last?.endedAt ?? now))]
    }
    let fresh = HealthRecord(startedAt: now, health: Health(state: .starting, failingStreak: 0, log: []))
    record = fresh
    return [.persist(fresh), .probe(at: next(after: now))]
  }

  private mutating func probeEnded(_ probe: HealthProbe) -> [Action] {
    // It was on its way when the container ended.
    guard var record else { return [] }
    let before = record.health.state
    let isExcused = isStarting(at: probe.startedAt)
    record.health.log = Array((record.health.log + [probe]).suffix(Self.maximumLog))
    if probe.exitCode == 0 {
      record.health.failingStreak = 0
      record.health.state = .healthy
    } else if !isExcused {
      record.health.failingStreak = min(record.health.failingStreak, .max - 1) + 1
      if record.health.failingStreak >= plan.retries { record.health.state = .unhealthy }
    }
    self.record = record
    var actions: [Action] = [.persist(record)]
    let after = record.health.state
    if after != before {
      actions.append(.report(from: before, to: after))
    }
    // Again at each failure: the last try may have failed.
    if after == .unhealthy, probe.exitCode != 0, plan.action != .none { actions.append(.act(plan.action)) }
    return actions + [.probe(at: next(after: probe.endedAt))]
  }

  private func next(after time: Timestamp) -> Timestamp {
    time.adding(isStarting(at: time) ? plan.startInterval : plan.interval)
  }
}

extension Timestamp {
  /// As late as can be where the sum is beyond that.
  func adding(_ nanoseconds: UInt64) -> Timestamp {
    let (sum, overflow) = self.nanoseconds.addingReportingOverflow(nanoseconds)
    return Timestamp(nanoseconds: overflow ? .max : sum)
  }

  package func adding(_ duration: Duration) -> Timestamp {
    let (seconds, attoseconds) = duration.components
    let (product, overflow) = UInt64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
    let rest = UInt64(clamping: attoseconds / 1_000_000_000)
    return overflow ? Timestamp(nanoseconds: .max) : adding(product).adding(rest)
  }
}
