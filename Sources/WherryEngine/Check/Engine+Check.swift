package import WherryWire

extension Engine {
  /// Compares what is on disk with what was committed, and tells what is not as it should be; repairs that too where
  /// `repair` says so. Safe beside everything else: what is removed or added meanwhile is passed over. `quick` reads no
  /// content of files.
  package func check(
    repair: Bool, quick: Bool, emit: @escaping @Sendable (CheckFinding) async throws -> Void
  ) async throws -> SystemCheckResult {
    var session = CheckSession(context: context, repair: repair, quick: quick, emit: emit)
    guard repair else { return try await session.run() }
    // One repair at a time; and removals keep the layers it stands on.
    return try await context.walks.repairing {
      try await self.images.whileFetching { try await session.run() }
    }
  }
}
