import WherryModel
package import WherryWire

/// Which containers a boot brings back, as Docker's daemon decides when it starts.
package enum RestorePolicy {
  /// `record` as recovered: a container that the power cut ended has an exit of 255.
  package static func shouldStart(_ record: ContainerRecord) -> Bool {
    guard record.desired != .neverStarted, let policy = record.spec.restart else { return false }
    switch policy.kind {
    // Docker: one stopped by hand comes back with the daemon.
    case .always: return true
    case .unlessStopped: return record.desired == .running
    case .onFailure:
      guard record.desired == .running, let exit = record.lastExit, exit.code != 0 else { return false }
      guard let maximum = policy.maximumRetries, maximum > 0 else { return true }
      return (record.restartCount ?? 0) < maximum
    default: return false
    }
  }

  /// Whether the policy wants the container up again after the exit in `record`.
  package static func shouldRestart(_ record: ContainerRecord) -> Bool {
    guard record.desired == .running, let exit = record.lastExit else { return false }
    switch rule(record.spec.restart) {
    case .no: return false
    case .always, .unlessStopped: return true
    case .onFailure(let maximum):
      guard exit.code != 0 else { return false }
      return maximum.map { (record.restartCount ?? 0) < $0 } ?? true
    }
  }

  package static func rule(_ policy: RestartPolicy?) -> RestartRule {
    guard let policy else { return .no }
    switch policy.kind {
    case .always: return .always
    case .unlessStopped: return .unlessStopped
    case .onFailure:
      let maximum = policy.maximumRetries.flatMap { $0 == 0 ? nil : $0 }
      return .onFailure(maximumRetries: maximum)
    default: return .no
    }
  }
}
