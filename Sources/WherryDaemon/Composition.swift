import Glibc
import Logging
import WherryEngine
import WherryImages
import WherryLinux
import WherryModel
import WherryNetwork
import WherryPlugins
import WherryRPC
import WherryRuntime
import WherryService
import WherryStore
import WherrySystemd
import WherryTransport
import WherryWire

/// The daemon's parts, put together: the one place that knows every implementation.
struct Composition {
  let engine: Engine
  let api: DaemonAPI
  let pool: BlockingPool
  let plugins: PluginHost
  /// Somebody must stay while containers run.
  let mustStay: Bool
  private let store: Store
  private let stamp: BootStamp

  /// `thread` is where sockets are seen to, those to plugins too.
  init(
    _ settings: DaemonSettings, isActivated: Bool, thread: EventLoopThread, logger: Logger
  ) async throws {
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
    self.store = store
    pool = BlockingPool()
    // What a daemon that was killed left half-done. Nothing is being made yet, and its workers end with it.
    do {
      try await pool.run { [store] () throws(WherryError) in
        var failure: WherryError?
        do throws(WherryError) { try store.partials.keepAll() } catch { failure = error }
        try store.staging.sweep(keeping: [PartialBlobs.folderName])
        if let failure { throw failure }
      }
    } catch {
      logger.warning("clean up staging: \(error), ignoring")
    }

    let usesSystemd = try Self.usesSystemd(settings)
    // systemd notes an orderly end itself; a daemon that stays is there to do so.
    stamp = try await pool.run { () throws(WherryError) in
      try BootStamp.begin(store.state, report: { logger.warning("\($0)") }) { () throws(WherryError) in
        usesSystemd ? try ShutdownLog.current() : false
      }
    }
    if stamp.isSuspect, settings.verifiesAfterUncleanBoot {
      logger.notice(
        "the boot before this one did not end in order: layers are looked at before they are used")
    }
    let runtimePath = try RuntimeDriver.find(configured: settings.runtime, cgroups: cgroups.mode) {
      access($0, X_OK) == 0
    }
    let runtime = RuntimeDriver(
      path: runtimePath, stateDirectory: run.path + "/runtime",
      managesCgroups: !usesSystemd || !runtimePath.hasSuffix("/crun"))
    let supervisor: any Supervisor =
      usesSystemd
      ? try SystemdSupervisor(
        run: run, state: store.state, runtime: runtime, pool: pool, socket: settings.listenPath)
      : ConmonSupervisor(run: run, state: store.state, runtime: runtime)
    mustStay = supervisor.needsResidentDaemon

    var registries = settings.registries
    registries.insecureRegistries = settings.insecureRegistries
    registries.proxies = registries.proxies.completed { getenv($0).map { String(cString: $0) } }
    try registries.proxies.check()
    let fetcher = WorkerFetcher(
      store: store, pool: pool, settings: registries,
      report: { logger.warning("\($0)") })
    var engineSettings = EngineSettings(
      processors: host.processors, isUnifiedCgroup: cgroups.mode == .unified,
      limits: try LimitSupport.current(cgroups),
      availableCapabilities: try Capabilities.held(), hostname: host.hostname,
      report: { logger.warning("\($0)") })
    engineSettings.storageRating = settings.storageRating
    engineSettings.publishAddress = settings.publishAddress
    engineSettings.cleanup = settings.cleanup
    engineSettings.verifiesLayers = stamp.isSuspect && settings.verifiesAfterUncleanBoot
    engineSettings.makesReadOnlyRecursively = Self.canMakeReadOnlyRecursively(host, runtimePath)
    plugins = PluginHost(
      folders: PluginFolders(settings.pluginDirectories), version: WherryVersion.current, thread: thread,
      pool: pool, output: { usesSystemd ? Self.journal(ofPlugin: $0, logger) : nil })
    engine = Engine(
      store: store, run: run, supervisor: supervisor, roots: OverlayRoots(run: run), fetcher: fetcher,
      networkDriver: LinuxNetworkDriver(run: run, usesSystemd: usesSystemd), plugins: plugins, pool: pool,
      settings: engineSettings)
    try await engine.recover()

    var facts = DaemonFacts(
      version: WherryVersion.current, architecture: Platform.current.architecture, kernel: host.kernel,
      runtime: runtime.path, runtimeVersion: { await Self.version(of: runtime) },
      cgroup: cgroups.mode.rawValue, stateDirectory: settings.stateDirectory,
      runDirectory: settings.runDirectory, operatingSystem: host.operatingSystem,
      processors: UInt64(host.processors), memory: host.memory, hostname: host.hostname)
    facts.group = settings.group
    facts.isActivated = isActivated
    facts.proxies = registries.proxies.shown
    facts.authorizationPlugins = settings.authorizationPlugins
    api = DaemonAPI(engine: engine, facts: facts, plugins: plugins) { entry in
      // As a notice: wherry.service lets nothing below that into the journal.
      logger.notice(
        "\(entry)",
        metadata: [
          "method": "\(entry.method.name)", "object": "\(entry.object)", "peer": "\(entry.peer.description)",
        ])
    }
  }

  /// The daemon was asked to end.
  func endInOrder() async throws {
    guard mustStay else { return }
    try await pool.run { [store, stamp] () throws(WherryError) in try stamp.end(store.state) }
  }

  /// As notices: wherry.service lets nothing below that into the journal. Nil where there is no journal.
  private static func journal(ofPlugin name: String, _ logger: Logger) -> FileDescriptorBox? {
    do throws(SystemError) {
      return FileDescriptorBox(
        try JournalStream.open(identifier: "wherry-plugin-\(name)", unit: "", priority: LOG_NOTICE))
    } catch {
      logger.warning("plugin \(name): \(error), ignoring")
      return nil
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

  /// mount_setattr(2) is there since Linux 5.12; both runtimes use it since before Debian 12.
  private static func canMakeReadOnlyRecursively(_ host: Host, _ runtime: String) -> Bool {
    let numbers = host.kernel.split(separator: ".").prefix(2).map { Int($0.prefix { $0.isNumber }) ?? 0 }
    guard numbers.count == 2, (numbers[0], numbers[1]) >= (5, 12) else { return false }
    return ["crun", "runc"].contains(runtime.split(separator: "/").last)
  }

  private static func version(of runtime: RuntimeDriver) async -> String {
    do {
      return try await runtime.version()
    } catch {
      return "unknown"
    }
  }
}

extension PluginHost: Plugins {}
