import WherryLinux
import WherryModel
import WherryStore
import WherryWire

/// Drives one container's machine: gives it facts, does what it says, gives it what came of that.
/// Runs in the container's lane.
struct ContainerOperation {
  let context: EngineContext
  let entry: ContainerEntry
  /// Whether the launch holds the streams.
  var isAttached = false
  /// How long those who copy files may take to end.
  private var patience = EngineContext.copyPatience
  private(set) var session: (any AttachedSession)?
  /// What the supervisor said when the operation began.
  private var observation: Observation?
  /// Why the newest record is not on disk.
  private var unsaved: WherryError?

  init(_ context: EngineContext, _ entry: ContainerEntry, isAttached: Bool = false) {
    self.context = context
    self.entry = entry
    self.isAttached = isAttached
  }

  /// Brings the machine up to what the supervisor sees.
  mutating func settle() async throws {
    // One just created cannot be known to the supervisor.
    if entry.state == .created, entry.record.lastExit == nil { return }
    let observation = try await context.supervisor.observe(entry.id)
    self.observation = observation
    try await perform(.observed(observation, at: Timestamp.now()))
  }

  /// Throws what the machine refuses, or the failure of the start, stop or removal that was asked for.
  /// What goes wrong while tidying up is reported, and does not keep the rest from being done.
  mutating func perform(_ event: ContainerMachine.Event) async throws {
    var next: ContainerMachine.Event? = event
    var failure: (any Error)?
    let isStop = Self.isStop(event)
    if event == .removeRequested(force: true) { patience = .zero }
    while let event = next {
      next = nil
      let before = (exit: entry.record.lastExit, state: entry.state)
      let actions = try entry.handle(event)
      // A restart forgets the exit at once.
      var seen = entry.record.lastExit
      if case .stopReturned(.exited(let exit, _), _) = event { seen = ContainerMachine.exitRecord(exit) }
      if before.state != .starting, !Self.isTold(event), let seen, seen != before.exit {
        context.recordEnd(of: entry, seen, isFirstLook: before.state == nil)
      }
      if case .stopReturned = event, isStop, !isUp { context.record("stop", of: entry) }
      for action in actions {
        do {
          if let fact = try await run(action) { next = fact }
        } catch {
          let consequence = await consequence(of: action, failing: error)
          if consequence.isFailure { failure = failure ?? error }
          guard let fact = consequence.event else { continue }
          next = fact
          break
        }
      }
    }
    if let failure { throw failure }
    if case .restartRequested = event { context.record("restart", of: entry) }
    await context.events.written()
    try checkStopIsDurable()
  }

  /// Whether what the supervisor says is an end that the events tell of already.
  private static func isTold(_ event: ContainerMachine.Event) -> Bool {
    switch event {
    case .observed(.exited(let exit, _), _), .stopReturned(.exited(let exit, _), _): exit.isTold
    default: false
    }
  }

  private static func isStop(_ event: ContainerMachine.Event) -> Bool {
    switch event {
    case .stopRequested, .restartRequested: true
    default: false
    }
  }

  private var isUp: Bool { entry.state == .running || entry.state == .restarting }

  /// A stop at a full disk stops; but a boot must not bring back what was acknowledged as stopped.
  private mutating func checkStopIsDurable() throws {
    guard let error = unsaved else { return }
    unsaved = nil
    let record = entry.record
    guard record.desired == .stopped, RestorePolicy.rule(record.spec.restart) == .unlessStopped else {
      return
    }
    throw WherryError(
      error.code, "container \(record.name) is stopped, but that could not be recorded: \(error.message)",
      hint: "a boot would start it again; free space and stop it once more", cause: error)
  }

  /// The fact that an action came about, where the machine waits for it.
  private mutating func run(_ action: ContainerMachine.Action) async throws -> ContainerMachine.Event? {
    let id = entry.id
    switch action {
    case .persist(let record):
      try await context.records.write(record, for: id)
      unsaved = nil
      // Stopped while its policy waited to start it again.
      if entry.state == .exited, record.desired == .stopped { await context.networks.tearDown(id) }
    case .mountRoot:
      try await context.reclaimRoot(of: entry, patience: patience)
      try await context.mountRoot(of: entry.record, id: id)
    case .launch:
      let launch = try await context.launch(of: entry.record, id: id)
      if isAttached { context.record("attach", of: entry) }
      // Before: a process may have ended by the time its start is known.
      let begun = Timestamp.now()
      if isAttached {
        session = context.reported(try await context.supervisor.startAttached(launch), of: entry)
      } else {
        try await context.supervisor.start(launch)
      }
      if !context.supervisor.tellsLife { context.record("start", of: entry, at: begun) }
      context.watch(id)
      return .started
    case .signal(let number):
      let begun = Timestamp.now()
      try await context.supervisor.signal(id, number)
      context.record("kill", of: entry, at: begun, ["signal": "\(number)"])
      try await resume()
    case .stop(let signal, let timeout):
      let record = entry.record
      try await resume()
      let number = signal ?? context.stopSignal(of: record)
      context.record("kill", of: entry, ["signal": "\(number)"])
      try await context.supervisor.stop(
        id, signal: number,
        timeout: timeout ?? context.stopTimeout(of: record))
      return .stopReturned(try await context.supervisor.observe(id), at: Timestamp.now())
    case .cleanUp:
      try await context.supervisor.cleanUp(id)
    case .unmount:
      await context.endNetwork(of: entry.record, id: id)
      if entry.state == .exited, !(entry.record.spec.mounts ?? []).contains(where: { $0.kind == .volume }) {
        // The kernel writes out the whole file system before it lets go of an overlay: nobody need wait for that. Who
        // stops the last user of a volume may want to take its disk away.
        entry.leases.isLeft = true
        context.notices.send(.down(id))
        return nil
      }
      try await context.reclaimRoot(of: entry, patience: patience)
      try await context.unmountRoot(of: entry.record, id: id)
    case .removeFiles:
      try await context.supervisor.forget(id)
      try Files.unlink(context.run.health(id))
      context.forgetWear(of: id)
      await removeVolumes()
      // Before nobody counts as its user any more.
      if context.table.userCount(of: entry.record.imageID) <= 1 {
        await context.images.noteUse(by: entry.record)
      }
      try await context.records.delete(id)
      await context.networks.tearDown(id)
      context.networks.release(id)
      context.table.remove(id, image: entry.record.imageID)
      context.volumes.table.release(
        id, Volumes.byVolume(entry.record.spec.mounts ?? []).map { $0.name })
      context.record("destroy", of: entry)
      context.cleanups.send()
      do {
        try await context.images.free(layersOf: entry.record)
      } catch {
        report(action, error)
      }
      return .removed
    }
    return nil
  }

  /// Those that were made for it. Before its record, so that nobody has to remember them.
  private func removeVolumes() async {
    guard entry.removesVolumes || entry.record.spec.autoRemove ?? false else { return }
    for mount in entry.record.spec.mounts ?? [] where mount.anonymous ?? false {
      guard let name = mount.source else { continue }
      do {
        try await context.volumes.removeAnonymous(name, of: entry.id)
      } catch {
        context.settings.report(
          "container \(entry.record.name): removing volume \(name) failed: \(error), ignoring")
      }
    }
  }

  /// A process that is paused sees no signal.
  private func resume() async throws {
    guard case .running(let pid, _, _) = observation,
      try await context.supervisor.isPaused(entry.id, pid: pid)
    else { return }
    try await context.supervisor.setPaused(entry.id, false)
  }

  /// What follows from an action that failed: whether the operation has failed, and the fact that the machine
  /// goes on with; without one the remaining actions are taken all the same.
  private mutating func consequence(
    of action: ContainerMachine.Action, failing error: any Error
  ) async -> (isFailure: Bool, event: ContainerMachine.Event?) {
    let now = Timestamp.now()
    switch (entry.state, action) {
    case (.starting, .persist) where entry.isStartKnown && WherryError.wrapping(error).code == .noSpace:
      // Its containers are what a device whose disk has filled up is for.
      report(action, error)
      return (false, nil)
    case (.starting, _):
      let cause = WherryError.wrapping(error)
      return (true, .startFailed(code: cause.code.commandExitCode ?? 128, error: cause.description, at: now))
    case (.stopping, .stop):
      // It may have gone all the same: look.
      var observation = Observation.running(pid: 0, startedAt: now, restartCount: 0)
      do {
        observation = try await context.supervisor.observe(entry.id)
      } catch {
        report(action, error)
      }
      switch observation {
      case .running, .restarting: return (true, .stopReturned(observation, at: now))
      case .exited, .absent:
        report(action, error)
        return (false, .stopReturned(observation, at: now))
      }
    case (.removing, .unmount), (.removing, .removeFiles): return (true, .removeFailed)
    case (_, .signal): return (true, nil)
    case (_, .persist):
      unsaved = WherryError.wrapping(error)
      report(action, error)
      return (false, nil)
    default:
      report(action, error)
      return (false, nil)
    }
  }

  private func report(_ action: ContainerMachine.Action, _ error: any Error) {
    context.settings.report("container \(entry.record.name): \(Self.verb(action)) failed: \(error), ignoring")
  }

  private static func verb(_ action: ContainerMachine.Action) -> String {
    switch action {
    case .persist: "recording its state"
    case .mountRoot: "mounting its root"
    case .launch: "starting"
    case .signal: "signalling"
    case .stop: "stopping"
    case .cleanUp: "cleaning up after it"
    case .unmount: "unmounting its root"
    case .removeFiles: "removing its files"
    }
  }
}
