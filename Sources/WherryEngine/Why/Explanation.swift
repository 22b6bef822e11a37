package import WherryModel
import WherryOCI
import WherryWire

/// Why a container is as it is: one sentence, and the facts it rests on. A pure function of what the record, the
/// supervisor and the kernel say.
package struct Explanation: Sendable, Equatable {
  package struct Fact: Sendable, Equatable {
    package var key: String
    package var value: String
  }

  package struct Inputs: Sendable {
    package var snapshot: ContainerSnapshot
    /// When its policy starts it again.
    package var nextStart: Timestamp?
    /// Whether its image is on the device.
    package var hasImage: Bool
    package var now: Timestamp

    package init(
      snapshot: ContainerSnapshot, nextStart: Timestamp? = nil, hasImage: Bool = true, now: Timestamp
    ) {
      self.snapshot = snapshot
      self.nextStart = nextStart
      self.hasImage = hasImage
      self.now = now
    }
  }

  package let answer: String
  package let facts: [Fact]

  package init(_ inputs: Inputs) {
    let writer = ExplanationWriter(inputs)
    answer = "\(inputs.snapshot.record.name) \(writer.reason)"
    facts = writer.facts
  }
}

struct ExplanationWriter {
  private let inputs: Explanation.Inputs
  private var snapshot: ContainerSnapshot { inputs.snapshot }
  private var record: ContainerRecord { inputs.snapshot.record }

  init(_ inputs: Explanation.Inputs) { self.inputs = inputs }

  var reason: String {
    switch snapshot.state {
    case .created: return created
    case .running: return running
    case .paused: return "is paused: wherry unpause \(record.name) lets it go on"
    case .restarting: return restarting
    case .removing: return "is being removed"
    case .dead: return "is dead: its removal failed half-way, wherry rm --force \(record.name) tries again"
    default: return exited
    }
  }

  private var created: String {
    if let error = snapshot.exit?.error { return "could not be started: \(error)" }
    if !inputs.hasImage { return "was never started, and its image \(record.image) is missing" }
    return "was created and never started"
  }

  private var running: String {
    let since = snapshot.startedAt.map { " for \(ago($0))" } ?? ""
    guard let health = snapshot.health else { return "is running\(since)" }
    let last = health.log.last
    let said = last.map { "the last probe \(Self.probe($0))" } ?? "it was not probed yet"
    switch health.state {
    case .unhealthy:
      return "is running\(since) and unhealthy: \(health.failingStreak) probes in a row failed, \(said)"
    case .healthy where health.failingStreak > 0:
      return "is running\(since) and still healthy, but \(said)"
    case .starting: return "is running\(since) and its health is not known yet: \(said)"
    default: return "is running\(since) and \(health.state)"
    }
  }

  private var restarting: String {
    var text = "is restarting: \(end)"
    if let next = inputs.nextStart {
      let left = next > inputs.now ? next.nanoseconds - inputs.now.nanoseconds : 0
      text += left == 0 ? " and starts again now" : " and starts again in \(Words.duration(left))"
    }
    return text
  }

  private var exited: String {
    if !inputs.hasImage { return "is not running, and its image \(record.image) is missing: \(end)" }
    if record.desired == .stopped { return "was stopped by a user: \(end)" }
    if let limit = startLimit { return "is not running: its limit of \(limit) restarts is reached, \(end)" }
    return "is not running: \(end)"
  }

  private var startLimit: UInt64? {
    guard case .onFailure(let maximum?) = RestorePolicy.rule(record.spec.restart),
      let exit = snapshot.exit, exit.code != 0, snapshot.restartCount >= maximum
    else { return nil }
    return maximum
  }

  /// How its last run ended.
  private var end: String {
    guard let exit = snapshot.exit else { return "how it ended is not known" }
    let when = snapshot.finishedAt.map { " \(ago($0)) ago" } ?? ""
    if exit.outOfMemory ?? false {
      let limit = record.spec.resources?.memory.map { " (limit \(Words.size($0)))" } ?? ""
      return "it was killed for memory\(when)\(limit)"
    }
    if let error = exit.error { return "it could not be run\(when): \(error)" }
    if exit.code == 0 { return "it ended by itself with exit code 0\(when)" }
    let meaning = ExitMeaning.text(exit.code).map { " (\($0))" } ?? ""
    return "it ended with exit code \(exit.code)\(meaning)\(when)"
  }

  private func ago(_ time: Timestamp) -> String {
    Words.duration(inputs.now > time ? inputs.now.nanoseconds - time.nanoseconds : 0)
  }

  private static func probe(_ probe: HealthProbe) -> String {
    let output = probe.output.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
    let said = output.isEmpty ? "" : ": \(Printable.text(output, limit: 200))"
    return probe.exitCode == 0 ? "succeeded\(said)" : "failed with exit code \(probe.exitCode)\(said)"
  }

  var facts: [Explanation.Fact] {
    var facts: [Explanation.Fact] = []
    func add(_ key: String, _ value: String?) {
      if let value { facts.append(.init(key: key, value: value)) }
    }
    func time(_ time: Timestamp?) -> String? { time.map { RFC3339.format($0) } }
    add("state", "\(snapshot.state)")
    add("wanted", "\(record.desired)")
    add("image", inputs.hasImage ? record.image : "\(record.image) (missing)")
    add("command", Printable.text(record.arguments.joined(separator: " "), limit: 500))
    add("pid", snapshot.pid.map { "\($0)" })
    add("started", time(snapshot.startedAt))
    add("finished", time(snapshot.finishedAt))
    if let exit = snapshot.exit {
      let meaning = ExitMeaning.text(exit.code).map { " (\($0))" } ?? ""
      add("exit-code", "\(exit.code)\(meaning)")
      if exit.outOfMemory ?? false { add("out-of-memory", "true") }
      add("error", exit.error)
    }
    add("memory-limit", record.spec.resources?.memory.map(Words.size))
    if let policy = record.spec.restart {
      add("restart-policy", "\(policy.kind)" + (policy.maximumRetries.map { ":\($0)" } ?? ""))
    }
    if let required = record.spec.requires { add("requires", required.joined(separator: ", ")) }
    if snapshot.restartCount > 0 { add("restarts", "\(snapshot.restartCount)") }
    add("next-start", time(inputs.nextStart))
    if let dropped = snapshot.droppedMessages, dropped > 0 { add("dropped-messages", "\(dropped)") }
    if let health = snapshot.health {
      add("health", "\(health.state)")
      add("failing-streak", "\(health.failingStreak)")
      if let last = health.log.last {
        add("last-probe", time(last.endedAt))
        add("last-probe-exit-code", "\(last.exitCode)")
        add("last-probe-output", Printable.text(last.output, limit: 500))
      }
    }
    return facts
  }
}
