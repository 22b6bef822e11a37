import Glibc
import Logging
import WherryEngine
import WherryImages
import WherryLinux
import WherryModel
import WherryRPC
import WherryRuntime
import WherryService
import WherryStore
import WherrySystemd
import WherryWire

/// The daemon's parts, put together: the one place that knows every implementation.
struct Composition {
  let engine: Engine
  let api: DaemonAPI
  let pool: BlockingPool
  /// Somebody must stay while containers run.
  let mustStay: Bool

  init(_ settings: DaemonSettings, logger: Logger) async throws {
    let host = Host.current()
    let cgroups = try Cgroups.current()
    let run = RunDirectory(settings.runDirectory)
    try Files.makeDirectories(run.containers)
    try Files.makeDirectories(run.exits)
    let store = try Store(state: StateDirectory(settings.stateDirectory)) { damage in
      logger.error(
        "damaged state was set aside",
        metadata: [
          "path": "\(damage.path)", "moved_to": "\(damage.movedTo ?? "nowhere")",
          "reason": "\(damage.reason.message)",
        ])
    }
    pool = BlockingPool()
    // What a daemon that was killed left half-done. Nothing is being made yet, and its workers end with it.
    do {
      try await pool.run { [store] () throws(WherryError) in try store.staging.sweep() }
    } catch {
      logger.warning("clean up staging: \(error), ignoring")
    }

    let usesSystemd = try Self.usesSystemd(settings)
    let runtimePath = try RuntimeDriver.find(configured: settings.runtime, cgroups: cgroups.mode) {
      access($0, X_OK) == 0
    }
    let runtime = RuntimeDriver(
      path: runtimePath, stateDirectory: run.path + "/runtime",
      managesCgroups: !usesSystemd || !runtimePath.hasSuffix("/crun"))
    let supervisor: any Supervisor =
      usesSystemd
      ? try SystemdSupervisor(run: run, runtime: runtime, pool: pool, socket: settings.listenPath)
      : ConmonSupervisor(run: run, state: store.state, runtime: runtime)
    mustStay = supervisor.needsResidentDaemon

    let fetcher = WorkerFetcher(
      store: store, pool: pool,
      settings: RegistrySettings(insecureRegistries: settings.insecureRegistries),
      report: { logger.warning("\($0)") })
    engine = Engine(
      store: store, run: run, supervisor: supervisor, roots: OverlayRoots(run: run), fetcher: fetcher,
      pool: pool,
      settings: EngineSettings(
        processors: host.processors, isUnifiedCgroup: cgroups.mode == .unified,
        limits: try LimitSupport.current(cgroups),
        availableCapabilities: try Capabilities.held(), hostname: host.hostname,
        report: { logger.warning("\($0)") }))
    try await engine.recover()

    let facts = DaemonFacts(
      version: WherryVersion.current, architecture: Platform.current.architecture, kernel: host.kernel,
      runtime: runtime.path, runtimeVersion: { await Self.version(of: runtime) },
      cgroup: cgroups.mode.rawValue, stateDirectory: settings.stateDirectory,
      runDirectory: settings.runDirectory, operatingSystem: host.operatingSystem,
      processors: UInt64(host.processors), memory: host.memory, hostname: host.hostname)
    api = DaemonAPI(engine: engine, facts: facts) { entry in
      logger.info(
        "\(entry)",
        metadata: [
          "method": "\(entry.method.name)", "object": "\(entry.object)", "peer": "\(entry.peer.description)",
        ])
    }
  }

  private static func usesSystemd(_ settings: DaemonSettings) throws(WherryError) -> Bool {
    switch settings.supervisor {
    case .conmon: return false
    case .auto: return Systemd.isRunning
    case .systemd:
      guard Systemd.isRunning else {
        throw WherryError(
          .failedPrecondition, "systemd is not PID 1 here, so it cannot keep containers",
          hint: "use --supervisor conmon")
      }
      return true
    }
  }

  private static func version(of runtime: RuntimeDriver) async -> String {
    do {
      return try await runtime.version()
    } catch {
      return "unknown"
    }
  }
}
