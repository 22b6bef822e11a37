package import WherryEngine
import WherryLinux
package import WherryModel
import WherryOCI
package import WherryStore
package import WherryWire

/// Keeps containers with conmon, where systemd is not PID 1. All it knows is in files and in /proc, so that the
/// next daemon knows as much.
package final class ConmonSupervisor: ProcessSupervisor {
  package let name = "conmon"
  package let needsResidentDaemon = true
  package let run: RunDirectory
  let state: StateDirectory
  let runtime: RuntimeDriver

  package init(run: RunDirectory, state: StateDirectory, runtime: RuntimeDriver) {
    self.run = run
    self.state = state
    self.runtime = runtime
  }

  func files(_ id: ContainerID) -> ContainerFiles { ContainerFiles(run: run, id: id) }
  func logPath(_ id: ContainerID) -> String { "\(state.containers)/\(id)/container.log" }

  package func start(_ launch: ContainerLaunch) async throws {
    try await create(launch, keepsInput: true)
    try await begin(launch)
  }

  package func startAttached(_ launch: ContainerLaunch) async throws -> any AttachedSession {
    try await create(launch, keepsInput: launch.runtime.process.terminal)
    do {
      let socket = try AttachSocket(files(launch.id).attach)
      try await begin(launch)
      return ContainerSession(launch.id, files: files(launch.id), socket: socket, supervisor: self)
    } catch {
      try await abandon(launch.id)
      throw error
    }
  }

  private func create(_ launch: ContainerLaunch, keepsInput: Bool) async throws {
    let files = files(launch.id)
    var spec = ResourcePlan.applied(launch)
    if launch.readiness?.source == .container {
      spec = NotifySocket.applied(spec, folder: files.notifyFolder)
    }
    let cache = SeccompCache(run, runtime)
    let key = try cache.apply(to: &spec)
    try files.writeBundle(spec)
    try WherryError.converting("prepare container \(launch.id.short)") { () throws(SystemError) in
      try Files.unlink(files.ready)
      // The runtime mounts it.
      try Files.makeDirectories(files.notifyFolder, mode: 0o755)
    }
    try files.writeHealth(launch.health, name: launch.name.rawValue, socket: run.socket)
    do {
      try await Monitor(
        runtime: runtime, files: files, name: launch.name.rawValue,
        log: launch.log.isNone ? .none : .file(logPath(launch.id)), maximumLog: launch.log.maximumSize,
        openStdin: launch.openStdin, terminal: launch.runtime.process.terminal,
        keepsInput: keepsInput
      ).create()
      if let key { cache.keep(key, of: launch.id) }
    } catch {
      try await abandon(launch.id)
      throw error
    }
  }

  /// Lets the created process run, and writes down who it is before that, so that it is known however soon
  /// it ends.
  private func begin(_ launch: ContainerLaunch) async throws {
    let id = launch.id
    let files = files(id)
    do {
      let socket =
        launch.readiness?.source == .container ? try NotifySocket(in: files.notifyFolder) : nil
      if let process = try files.process(files.pid) {
        try Files.replace(files.started, Array(StartRecord(process: process, startedAt: .now()).text.utf8))
      }
      // Not before that is written: a container that is not started yet has no end to wait for.
      if let socket { listen(on: socket, files) }
      try await runtime.start(id)
    } catch {
      try await abandon(id)
      throw error
    }
  }

  /// Until the container says that it is ready, or has ended. A daemon that is killed meanwhile hears no more of it.
  private func listen(on socket: NotifySocket, _ files: ContainerFiles) {
    Task {
      await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          try await socket.waitUntilReady()
          try Files.write(files.ready, [])
        }
        group.addTask { _ = try await self.nextExit(files.id) }
        // A failure to listen is a container that is late.
        do { try await group.next() } catch {}
        group.cancelAll()
      }
    }
  }

  /// Clears away what a start that failed has left; its own failures must not hide the start's.
  private func abandon(_ id: ContainerID) async throws {
    do {
      try await runtime.delete(id)
    } catch {}
    let files = files(id)
    if let monitor = try files.process(files.monitorPID) { try PIDFD.open(monitor)?.send(9) }
    try files.remove()
    try Files.unlink(files.exit)
  }

  package func observe(_ id: ContainerID) async throws -> Observation {
    let files = files(id)
    let started = try StartRecord.read(files.started)
    if var exit = try ExitFile.read(files.exit, startedAt: started?.startedAt) {
      exit.outOfMemory = try exit.code == 137 && files.wasOutOfMemory
      return .exited(exit, restartCount: 0)
    }
    guard let started else { return .absent }
    if try started.process.isRunning() {
      return .running(pid: started.process.pid, startedAt: started.startedAt, restartCount: 0)
    }
    if started.process.bootID == (try BootID.current()), try files.process(files.monitorPID) != nil {
      // It has ended, and conmon is about to say how.
      return .running(pid: started.process.pid, startedAt: started.startedAt, restartCount: 0)
    }
    // conmon may have said so, and gone, since we looked.
    if let exit = try ExitFile.read(files.exit, startedAt: started.startedAt) {
      return .exited(exit, restartCount: 0)
    }
    return .exited(
      Exit(
        code: 255, startedAt: started.startedAt, finishedAt: .now(),
        error: "conmon ended before the container, whose exit code is not known"), restartCount: 0)
  }

  package func signal(_ id: ContainerID, _ number: Int32) async throws {
    guard let started = try StartRecord.read(files(id).started),
      let process = try PIDFD.open(started.process), try process.send(number)
    else {
      throw WherryError(.failedPrecondition, "container \(id.short) is not running")
    }
  }

  package func setPaused(_ id: ContainerID, _ isPaused: Bool) async throws {
    try await runtime.setPaused(id, isPaused)
  }

  /// The policy is the engine's own.
  package func update(_ id: ContainerID, _ change: ContainerChange) async throws {
    guard change.before != change.after else { return }
    let path = files(id).bundle + "/update.json"
    let json = try ResourcePlan.update(change).json()
    try WherryError.converting("update container \(id.short)") { () throws(SystemError) in
      try Files.write(path, json)
    }
    do {
      try await runtime.update(id, file: path)
    } catch {
      try Files.unlink(path)
      throw error
    }
    try Files.unlink(path)
  }

  package func stop(_ id: ContainerID, signal: Int32, timeout: Duration) async throws {
    guard case .running = try await observe(id) else { return }
    try await signalIfRunning(id, signal)
    let stopped = try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        _ = try await self.nextExit(id)
        return true
      }
      group.addTask {
        try await Task.sleep(for: timeout)
        return false
      }
      let first = try await group.next() ?? false
      group.cancelAll()
      return first
    }
    if stopped { return }
    try await signalIfRunning(id, 9)
    _ = try await nextExit(id)
  }

  private func signalIfRunning(_ id: ContainerID, _ number: Int32) async throws {
    do {
      try await signal(id, number)
    } catch let error as WherryError where error.code == .failedPrecondition {
      // It ended by itself just now.
    }
  }

  package func nextExit(_ id: ContainerID) async throws -> Exit {
    let files = files(id)
    let watch = try FileWatch([run.exits], [.movedIn, .writtenAndClosed])
    while true {
      switch try await observe(id) {
      case .exited(let exit, _): return exit
      case .absent:
        throw WherryError(.failedPrecondition, "container \(id.short) has not been started")
      case .running, .restarting: break
      }
      let monitor = try files.process(files.monitorPID).flatMap { try PIDFD.open($0) }
      try await withThrowingTaskGroup { group in
        group.addTask {
          for try await event in watch where event.name == id.rawValue { return }
        }
        if let monitor { group.addTask { try await monitor.waitForExit() } }
        _ = try await group.next()
        group.cancelAll()
      }
    }
  }

  package func attach(_ id: ContainerID) async throws -> any AttachedSession {
    ContainerSession(id, files: files(id), socket: try AttachSocket(files(id).attach), supervisor: self)
  }

  package func exec(_ id: ContainerID, _ process: ExecLaunch) async throws -> any AttachedSession {
    try launcher(id).attached(process)
  }

  package func execDetached(_ id: ContainerID, _ process: ExecLaunch) async throws {
    try await launcher(id).detached(process)
  }

  package func probe(_ id: ContainerID, timeout: Duration) async throws -> HealthProbe {
    try await HealthProber(runtime: runtime, files: files(id)).run(timeout: timeout)
  }

  private func launcher(_ id: ContainerID) -> ExecLauncher {
    ExecLauncher(runtime: runtime, container: id, bundle: files(id).bundle)
  }

  package func logs(_ id: ContainerID, _ query: LogQuery) -> AsyncThrowingStream<LogLine, any Error> {
    let reader = LogFileReader(path: logPath(id), query: query) { [self] in
      if case .running = try await observe(id) { _ = try await nextExit(id) }
    }
    return AsyncThrowingStream { try await reader.next() }
  }

  package func cleanUp(_ id: ContainerID) async throws {
    var failures: [WherryError] = []
    // The control group goes with that.
    do { try noteWear(id) } catch { failures.append(.wrapping(error)) }
    do { try await runtime.delete(id) } catch { failures.append(.wrapping(error)) }
    do { try files(id).remove() } catch { failures.append(error) }
    if let first = failures.first {
      throw WherryError(
        first.code, failures.map(\.message).joined(separator: "; "), hint: first.hint, cause: first)
    }
  }

  private func noteWear(_ id: ContainerID) throws {
    let group = ControlGroup(at: ResourcePlan.group(id), mounted: try ControlGroup.mounted)
    // Nothing of it is there where it never ran.
    guard case .read = try group.wear() else { return }
    try WearBook(run: run, state: state).note([try WearReading.time(), try group.wear()], of: id)
  }

  package func forget(_ id: ContainerID) async throws {
    try WherryError.converting("forget container \(id.short)") { () throws(SystemError) in
      try Files.unlink(files(id).exit)
      _ = try Files.removeTree(files(id).bundle)
    }
  }
}
