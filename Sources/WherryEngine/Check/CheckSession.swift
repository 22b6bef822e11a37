import WherryLinux
import WherryModel
import WherryOCI
import WherryStore
import WherryWire

/// One check of all that is on disk, and its repair where that is asked for. Step by step: what reads runs on the
/// thread for checks, and between steps the caller may go away.
struct CheckSession: Sendable {
  let context: EngineContext
  let isRepair: Bool
  let isQuick: Bool
  let emit: @Sendable (CheckFinding) async throws -> Void

  var result = SystemCheckResult(
    records: 0, layers: 0, files: 0, bytes: 0, damage: 0, repaired: 0, leftovers: 0, unlisted: 0, fetched: 0)
  /// What images say, whole ones only.
  var images: [Digest: ImageRecord] = [:]
  var names: [ImageName] = []
  /// Damaged, and not repaired.
  var damagedLayers: Set<Digest> = []
  /// Why registries that gave nothing gave nothing, by their domain: none is asked twice.
  var unreachable: [String: WherryError] = [:]

  var scan: StoreScan { StoreScan(context.store) }
  var state: StateDirectory { context.store.state }

  init(
    context: EngineContext, repair: Bool, quick: Bool,
    emit: @escaping @Sendable (CheckFinding) async throws -> Void
  ) {
    self.context = context
    isRepair = repair
    isQuick = quick
    self.emit = emit
  }

  mutating func run() async throws -> SystemCheckResult {
    try await checkImages()
    try await checkUses()
    try await checkLayers()
    try await checkContainers()
    try await checkNetworks()
    try await checkVolumes()
    try await checkLeftovers()
    return result
  }

  /// On the thread for checks; a caller that has gone away ends here.
  func look<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try Task.checkCancellation()
    return try await context.walks.checks.run { try body() }
  }

  /// Counts and tells.
  mutating func report(_ finding: CheckFinding) async throws {
    switch finding.severity {
    case .damaged, .missing:
      result.damage += 1
      if finding.outcome == .repaired { result.repaired += 1 }
    case .leftover: result.leftovers += 1
    default: break
    }
    try Task.checkCancellation()
    try await emit(finding)
  }

  /// Where `repair` is given and repairs are asked for, what it says has become of the finding.
  mutating func report(
    _ finding: CheckFinding, repair: (inout CheckSession) async throws -> RepairOutcome
  ) async throws {
    try await report(isRepair ? finding.after(try await attempt(repair)) : finding)
  }

  /// A repair that fails leaves its object as it is, and says why.
  mutating func attempt(
    _ repair: (inout CheckSession) async throws -> RepairOutcome
  ) async throws -> RepairOutcome {
    do {
      return try await repair(&self)
    } catch let error as CancellationError {
      throw error
    } catch {
      try Task.checkCancellation()
      let error = WherryError.wrapping(error)
      return .kept(error.message, hint: error.hint)
    }
  }
}

enum RepairOutcome: Sendable {
  case repaired(movedTo: String?, hint: String? = nil)
  case kept(String, hint: String?)
}

extension CheckFinding {
  /// With what has become of it.
  func after(_ outcome: RepairOutcome) -> CheckFinding {
    var told = self
    switch outcome {
    case .repaired(let movedTo, let hint):
      (told.outcome, told.movedTo, told.remedy) = (.repaired, movedTo, hint)
    case .kept(let why, let hint):
      told.outcome = .kept
      told.problem += "; not repaired: \(why)"
      if let hint { told.remedy = hint }
    }
    return told
  }

  static func damaged(
    _ kind: String, _ object: String, path: String? = nil, _ problem: String, remedy: String?
  ) -> CheckFinding {
    CheckFinding(
      severity: .damaged, kind: kind, object: object, path: path, problem: problem, remedy: remedy,
      outcome: .reported)
  }

  static func missing(
    _ kind: String, _ object: String, path: String? = nil, _ problem: String, remedy: String?
  ) -> CheckFinding {
    CheckFinding(
      severity: .missing, kind: kind, object: object, path: path, problem: problem, remedy: remedy,
      outcome: .reported)
  }

  static func leftover(
    _ kind: String, _ object: String, path: String? = nil, _ problem: String, remedy: String?
  )
    -> CheckFinding
  {
    CheckFinding(
      severity: .leftover, kind: kind, object: object, path: path, problem: problem, remedy: remedy,
      outcome: .reported)
  }

  static func note(_ kind: String, _ object: String, path: String? = nil, _ problem: String, remedy: String?)
    -> CheckFinding
  {
    CheckFinding(
      severity: .note, kind: kind, object: object, path: path, problem: problem, remedy: remedy,
      outcome: .reported)
  }

  static let repairHint = "wherry system check --repair"
}
