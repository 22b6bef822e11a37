import WherryModel

extension ContainerEntry {
  /// How the container's last run ended, where that is recorded and it has not been started again.
  var recordedEnd: Exit? {
    let record = record
    guard state != .running, let exit = record.lastExit else { return nil }
    return Exit(
      code: UInt8(clamping: exit.code), startedAt: exit.startedAt, finishedAt: exit.finishedAt,
      outOfMemory: exit.outOfMemory ?? false, error: exit.error)
  }
}

extension Exit {
  /// What `supervisor` says of the end, unless it can say nothing of it any more: whoever saw the end first has recorded
  /// it and, of a container that removes itself, has taken away what the supervisor knew.
  static func next(
    recorded: () -> Exit?, _ supervisor: () async throws -> Exit
  ) async throws -> Exit {
    do {
      let exit = try await supervisor()
      return exit.error == nil ? exit : recorded() ?? exit
    } catch let error as WherryError where error.code == .failedPrecondition {
      guard let exit = recorded() else { throw error }
      return exit
    }
  }
}
