import Glibc
import Logging
import WherryEngine
import WherryLinux
import WherryModel
import WherryPlugins
import WherryRPC
import WherryService
import WherrySystemd
import WherryTLS
import WherryTransport

/// The service, from its sockets to its end. Containers are not its children: they go on when it stops.
struct Daemon {
  let settings: DaemonSettings
  let logger: Logger

  private enum End: Sendable {
    case idle
    case signal(String)
    case engine
  }

  func run() async throws {
    BrokenPipe.ignore()
    // The socket is in there, for the group.
    try Files.makeDirectories(settings.runDirectory, mode: 0o755)
    let sockets = try Sockets(settings)
    let thread = EventLoopThread()
    let parts = try await Composition(
      settings, isActivated: sockets.isActivated, thread: thread, logger: logger)
    let access = LocalAccess(settings, pool: parts.pool, logger: logger)
    var entrances = [Entrance(sockets.local, LocalDoorman(policy: access.peer))]
    if !sockets.remote.isEmpty {
      entrances.append(Entrance(sockets.remote, try remoteDoorman(), keepalive: .network))
    }
    for path in sockets.local.compactMap(\.path) {
      do throws(WherryError) {
        try SocketAccess.share(path, settings)
      } catch {
        logger.warning("\(error)")
      }
    }
    var limits = ListenerSettings()
    limits.maximumConnections = settings.maximumConnections
    limits.maximumConnectionsPerOrigin = settings.maximumConnectionsPerPeer
    limits.connection.helloTimeout = settings.helloTimeout
    let listener = Listener(entrances, thread: thread, settings: limits, service: parts.api.service)
    try await listener.startAccepting()
    Notify.ready(status: "Serving")
    ProcessMemory.dropCode()
    logger.debug("serving", metadata: ["supervisor": "\(parts.engine.supervisorName)"])

    let mayExit = sockets.isActivated && !parts.mustStay && settings.idleExit > .zero
    let end = try await waitForEnd(listener, parts, mayExit: mayExit)
    Notify.stopping(status: "Stopping")
    switch end {
    case .idle: logger.debug("stopping: idle")
    case .signal(let name): logger.info("stopping", metadata: ["signal": "\(name)"])
    case .engine: logger.error("stopping: the engine has ended")
    }
    try await listener.shutDown("the daemon is stopping", grace: .seconds(5))
    await parts.engine.noteWear()
    if case .signal = end { try await parts.endInOrder() }
    await parts.plugins.shutDown()
    try await thread.shutDown()
  }

  /// Without certificates there is no remote access: the daemon refuses to start rather than to serve less safely.
  private func remoteDoorman() throws(WherryError) -> TLSDoorman {
    let credentials = try TLSCredentials(TLSFiles(folder: settings.tlsDirectory))
    return try TLSDoorman(credentials) { [logger] address, error in
      logger.warning(
        "refused a remote connection", metadata: ["peer": "\(address)", "error": "\(error)"])
    }
  }

  private func waitForEnd(_ listener: Listener, _ parts: Composition, mayExit: Bool) async throws -> End {
    let signals = try SignalPipe([SIGTERM, SIGINT, SIGHUP])
    return try await withThrowingTaskGroup(of: End.self) { group in
      group.addTask {
        await parts.engine.run()
        return .engine
      }
      group.addTask {
        while true {
          for signal in try await signals.next() where signal != SIGHUP {
            return .signal(Signal.name(signal))
          }
        }
      }
      if mayExit {
        group.addTask { [settings] in
          repeat {
            try await listener.waitUntilIdle(for: settings.idleExit)
            await parts.engine.cleaner.runIfDue()
          } while try await !listener.retire(idleFor: settings.idleExit)
          return .idle
        }
      }
      let first = try await group.next() ?? .engine
      group.cancelAll()
      return first
    }
  }
}
