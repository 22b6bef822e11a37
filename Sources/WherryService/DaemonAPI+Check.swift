import WherryEngine
import WherryModel
package import WherryRPC
package import WherryWire

extension DaemonAPI {
  package func systemCheck(
    _ params: SystemCheckParams, output: ItemSink<CheckFinding>, context: CallContext
  ) async throws -> SystemCheckResult {
    try await serve(context, "") {
      try await engine.check(repair: false, quick: params.quick ?? false) { try await output.send($0) }
    }
  }

  package func systemCleanup(
    _ params: SystemCleanupParams, context: CallContext
  ) async throws -> SystemCleanupResult {
    try await serve(context, "what the policy lets go") {
      let plan = try await engine.cleaner.run(dryRun: params.dryRun ?? false)
      return SystemCleanupResult(
        items: plan.items.map {
          CleanupItem(kind: $0.kind.rawValue, id: $0.id, name: $0.name, reason: $0.reason, size: $0.size)
        }, reclaimed: plan.reclaimed, held: plan.held)
    }
  }

  package func systemRepair(
    _ params: SystemRepairParams, output: ItemSink<CheckFinding>, context: CallContext
  ) async throws -> SystemRepairResult {
    try await serve(context, "") {
      try await engine.check(repair: true, quick: params.quick ?? false) { try await output.send($0) }
    }
  }
}
