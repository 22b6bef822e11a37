import Synchronization
import WherryLinux
import WherryModel
import WherryStore

/// Removes what the policy lets go: while the daemon is up anyway, after what may have left something behind, and before
/// it ends for want of work. Nothing waits for it, and nothing stays for it.
package final class Cleaner: Sendable {
  /// Ages pass without anybody's asking: how often it looks all the same, and how seldom at least when asked for.
  private static let interval = Duration.seconds(3600)
  private static let pause = Duration.seconds(60)

  private let context: EngineContext
  private let lane = SerialLane()
  private let last = Mutex<ContinuousClock.Instant?>(nil)
  private var policy: CleanupPolicy { context.settings.cleanup }

  init(_ context: EngineContext) { self.context = context }

  /// What the policy lets go now, whether it runs by itself or not. With `dryRun` nothing goes.
  package func run(dryRun: Bool = false) async throws -> CleanupPlan {
    try await lane.run {
      let plan = policy.plan(try await CleanupSurvey(context: context).facts())
      if dryRun { return plan }
      let gone = try await apply(plan)
      last.withLock { $0 = ContinuousClock.now }
      let stamp = stamp
      try await context.pool.run { () throws(SystemError) in try Files.write(stamp, []) }
      return gone
    }
  }

  /// Cleans up whenever somebody asks for it, until it is cancelled.
  func serve() async {
    for await _ in context.cleanups.stream {
      // No age that matters has passed since.
      let pause = min(Self.pause, policy.minimumAge)
      if let last = last.withLock({ $0 }), ContinuousClock.now - last < pause { continue }
      await runIfDue()
    }
  }

  /// What was asked for since the last time, and where nobody has looked for long. To be called before the daemon ends for
  /// want of work, too.
  package func runIfDue() async {
    guard policy.isOn else { return }
    let isRequested = context.cleanups.take()
    do {
      guard try await isOverdue() || isRequested else { return }
      _ = try await run()
    } catch is CancellationError {
    } catch {
      context.settings.report("clean up: \(error), ignoring")
    }
  }

  private var stamp: String { context.run.path + "/cleaned" }

  private func isOverdue() async throws -> Bool {
    let (stamp, now) = (stamp, FileTime(.now()).seconds)
    return try await context.pool.run { () throws(SystemError) in
      guard let status = try Files.statusIfPresent(stamp) else { return true }
      return abs(now - status.modified.seconds) >= Self.interval.components.seconds
    }
  }

  // MARK: Removing

  /// What has gone. One that cannot go keeps no other from it.
  private func apply(_ plan: CleanupPlan) async throws -> CleanupPlan {
    var gone = CleanupPlan(held: plan.held)
    for item in plan.items {
      try Task.checkCancellation()
      do {
        guard try await remove(item) else { continue }
        gone.items.append(item)
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        context.settings.report("clean up \(item.kind) \(item.name): \(error), ignoring")
      }
    }
    if gone.items.contains(where: { $0.kind == .image }) {
      context.images.recordPrune(reclaimed: gone.reclaimed)
    }
    for item in gone.items {
      context.settings.report("cleaned up: \(item.kind) \(Printable.text(item.name)): \(item.reason)")
    }
    return gone
  }

  /// False where it is of use again.
  private func remove(_ item: CleanupPlan.Item) async throws -> Bool {
    let (store, images) = (context.store, context.images)
    switch item.kind {
    case .image:
      // Since the survey it may have got a name or a user, and removing the others has taken time. Of a full disk images
      // go down to the low threshold, once begun.
      var begun = policy
      begun.highThreshold = policy.lowThreshold
      let now = begun.plan(try await CleanupSurvey(context: context).facts())
      guard now.items.contains(where: { $0.kind == .image && $0.id == item.id }) else { return false }
      // A pull may have found its layers here, and a repair stands on them.
      guard !images.isFetching, try await !images.isPinned(try Digest(item.id)) else { return false }
      do {
        return try await !images.remove(item.id, force: true) { _ in true }.deleted.isEmpty
      } catch let error as WherryError where error.code == .notFound || error.code == .conflict {
        return false
      }
    case .download:
      let digest = try Digest(item.id)
      try await context.pool.run { () throws(WherryError) in try store.partials.remove(digest) }
    case .staging:
      guard !images.isFetching else { return false }
      try await delete("\(store.state.staging)/\(item.id)")
    case .aside:
      try await delete("\(store.state.damaged)/\(item.id)")
    }
    return true
  }

  private func delete(_ path: String) async throws {
    try await context.pool.run { () throws(SystemError) in
      guard let status = try Files.statusIfPresent(path) else { return }
      if status.kind == .directory { _ = try Files.removeTree(path) } else { try Files.unlink(path) }
    }
  }
}
