import Synchronization
import WherryLinux
import WherryModel
import WherryStore
import WherryWire

/// After a boot before which the power went: looks at each layer once before a container starts on it.
///
/// Each file's type, size, mode and owner; its content too where the layer is small. All that together takes no longer than
/// the budget: what is not looked at by then is let through, and that is reported: a device must come up.
final class BootGuard: Sendable {
  /// Of a layer whose content is read.
  static let smallLayer: UInt64 = 32 << 20

  private struct State {
    var verified: Set<Digest> = []
    var left: Duration
    var isExhaustionTold = false
  }

  private let isNeeded: Bool
  private let folder: String
  private let state: Mutex<State>
  private let lanes = SerialLanes<Digest>()

  init(_ settings: EngineSettings, run: RunDirectory) {
    isNeeded = settings.verifiesLayers
    folder = run.path + "/verified"
    state = Mutex(State(left: settings.verifyBudget))
  }

  /// Throws `dataLoss`, naming container, layer and file, where something is damaged.
  func admit(_ record: ContainerRecord, _ context: EngineContext) async throws {
    guard isNeeded else { return }
    for text in record.layers {
      let id = try Digest(text)
      try await lanes.run(id) {
        guard try await !isVerified(id, context) else { return }
        guard state.withLock({ $0.left > .zero }) else { return tellExhaustion(context) }
        guard try await verify(id, for: record, context) else { return }
        state.withLock { _ = $0.verified.insert(id) }
        await remember(id, context)
      }
    }
  }

  private func isVerified(_ id: Digest, _ context: EngineContext) async throws -> Bool {
    if state.withLock({ $0.verified.contains(id) }) { return true }
    let path = "\(folder)/\(id.hex)"
    guard try await context.pool.run({ try Files.exists(path) }) else { return false }
    state.withLock { _ = $0.verified.insert(id) }
    return true
  }

  /// Runs `body` on the thread for checks. What it takes there counts, and no waiting for that thread.
  private func spending<Value: Sendable>(
    _ context: EngineContext, _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    let (value, time) = try await context.walks.checks.run {
      let begun = ContinuousClock.now
      return (try body(), ContinuousClock.now - begun)
    }
    state.withLock { $0.left -= time }
    return value
  }

  /// False where the budget was used up before all of it was looked at.
  private func verify(
    _ id: Digest, for record: ContainerRecord, _ context: EngineContext
  ) async throws -> Bool {
    let store = context.store
    // Where there is none, the mount says so.
    guard let layer = try await spending(context, { try store.layers.record(id) }), layer.files != nil else {
      return true
    }
    if try await spending(context, { try StoreScan(store).damagedBeside(layer) }).contains(FileList.fileName)
    {
      throw Self.damaged(record, id, "the list of its files is damaged", 0)
    }
    let check = try await spending(context) {
      try LayerCheck(
        folder: store.layers.folder(id), what: "layer \(id.short)",
        readsContent: layer.size <= Self.smallLayer)
    }
    var found: [FileFinding] = []
    var isWhole = true
    do {
      while let more = try await spending(context, { try check.step() }) {
        found += more.prefix(max(0, 100 - found.count))
        guard state.withLock({ $0.left > .zero }) else {
          isWhole = false
          break
        }
      }
    } catch let error as WherryError where error.code == .dataLoss {
      throw Self.damaged(record, id, "the list of its files is damaged", found.count)
    }
    if let first = found.first {
      throw Self.damaged(
        record, id, "\(Printable.text(first.name, limit: 300)): \(first.text)", found.count - 1)
    }
    if !isWhole { tellExhaustion(context) }
    return isWhole
  }

  private func tellExhaustion(_ context: EngineContext) {
    let isFirst = state.withLock { state in
      defer { state.isExhaustionTold = true }
      return !state.isExhaustionTold
    }
    guard isFirst else { return }
    context.settings.report(
      "not all layers were looked at after the power went, it took too long; wherry system check looks at all"
    )
  }

  private func remember(_ id: Digest, _ context: EngineContext) async {
    let folder = folder
    do {
      try await context.pool.run {
        try Files.makeDirectories(folder)
        try Files.write("\(folder)/\(id.hex)", [])
      }
    } catch {
      context.settings.report("remember that layer \(id.short) is whole: \(error), ignoring")
    }
  }

  private static func damaged(
    _ record: ContainerRecord, _ id: Digest, _ what: String, _ more: Int
  ) -> WherryError {
    let others = more > 0 ? ", and \(more) more" : ""
    return WherryError(
      .dataLoss,
      "container \(record.name) is not started: layer \(id.short) is damaged since the power went: \(what)\(others)",
      hint: "\(CheckFinding.repairHint), then wherry start \(record.name)")
  }
}
