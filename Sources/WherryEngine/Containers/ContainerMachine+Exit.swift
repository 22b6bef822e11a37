package import WherryModel
import WherryWire

extension ContainerMachine {
  /// Docker's code for a container that was found down and nobody knows why.
  package static let unknownExitCode: UInt8 = 255

  /// The machine lost power, or the record of the exit was lost.
  package static func unknownExit(at now: Timestamp) -> Exit {
    Exit(
      code: unknownExitCode, startedAt: nil, finishedAt: now,
      error: "how it ended is not known: the device or its supervisor went down first")
  }

  /// The user's word, where a policy would start it again should nobody see how the stop ends. Else it is recorded
  /// together with the end.
  var recordedBeforeStop: [Action] {
    RestorePolicy.rule(record.spec.restart) == .no ? [] : [.persist(record)]
  }

  package static func exitRecord(_ exit: Exit) -> ExitRecord {
    ExitRecord(
      code: UInt64(exit.code), finishedAt: exit.finishedAt, startedAt: exit.startedAt,
      outOfMemory: exit.outOfMemory ? true : nil, error: exit.error)
  }

  /// Why `verb` is refused in this state.
  func refusal(to verb: String) -> WherryError {
    let subject = "cannot \(verb) container \(record.name)"
    switch state {
    case .created, .exited:
      return WherryError(
        .failedPrecondition, "\(subject): it is not running", hint: "wherry start \(record.name)")
    case .running where verb == "remove":
      return WherryError(
        .conflict, "\(subject): it is running", hint: "stop it first, or remove it with --force")
    case .restarting where verb == "remove":
      return WherryError(
        .conflict, "\(subject): it is restarting", hint: "stop it first, or remove it with --force")
    case .running: return WherryError(.failedPrecondition, "\(subject): it is running")
    case .restarting:
      return WherryError(
        .failedPrecondition, "\(subject): it is not running, its policy will restart it",
        hint: "wherry stop \(record.name) ends the restarts")
    case .starting: return WherryError(.conflict, "\(subject): it is being started")
    case .stopping: return WherryError(.conflict, "\(subject): it is being stopped")
    case .removing: return WherryError(.conflict, "\(subject): it is being removed")
    case .dead:
      return WherryError(
        .failedPrecondition, "\(subject): its removal failed half-way",
        hint: "wherry rm --force \(record.name)")
    case .removed: return ContainerIndex.notFound(record.name)
    }
  }
}

// MARK: Starting without a record

extension ContainerMachine {
  /// Whether the record from before the start that is under way says already what the next boot needs: that it is to
  /// run. Then a full disk, where the new one cannot be written, need not keep it down.
  package var isStartKnown: Bool {
    guard state == .starting, let desired = desiredBeforeStart else { return false }
    return desired == .running || (desired == .stopped && RestorePolicy.rule(record.spec.restart) == .always)
  }
}
