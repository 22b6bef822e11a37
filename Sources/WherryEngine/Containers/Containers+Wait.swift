import WherryLinux
import WherryModel
import WherryWire

extension Containers {
  /// Suspends until the container is down for good, and says how it ended (Docker's condition `not-running`): at once
  /// where it does not run.
  package func wait(_ reference: String) async throws -> ExitRecord {
    let entry = try context.table.find(reference)
    let id = entry.id
    while true {
      let isNew = entry.state == .created
      switch isNew ? .absent : try await context.supervisor.observe(id) {
      case .running:
        let exit = try await Exit.next(recorded: { entry.recordedEnd }) {
          try await context.supervisor.nextExit(id)
        }
        if RestorePolicy.rule(entry.record.spec.restart) == .no {
          try await settle(id.rawValue)
          return entry.record.lastExit ?? ContainerMachine.exitRecord(exit)
        }
        // Else look whether its policy brings it up again.
        await Task.yield()
      case .restarting:
        // The supervisor's back-off; it has no event for its end.
        try await context.settings.sleep(.milliseconds(200))
      case .exited(let exit, _):
        if entry.isRestartPending {
          try await context.settings.sleep(.milliseconds(200))
          continue
        }
        try await settle(id.rawValue)
        return entry.record.lastExit ?? ContainerMachine.exitRecord(exit)
      case .absent:
        if entry.record.desired != .neverStarted { try await settle(id.rawValue) }
        return entry.record.lastExit ?? ExitRecord(code: 0, finishedAt: entry.record.created)
      }
    }
  }

  /// The container's output. Throws `notFound` at once.
  package func logs(_ reference: String, _ query: LogQuery) throws -> AsyncThrowingStream<LogLine, any Error>
  {
    let entry = try context.table.find(reference)
    guard entry.record.spec.log?.driver != "none" else {
      throw WherryError(
        .failedPrecondition,
        "container \(entry.record.name) has no log: its log driver none does not support reading")
    }
    return context.supervisor.logs(entry.id, query)
  }

  /// What `logs --details` shows before each line.
  package func logDetails(_ reference: String) throws -> [String: String] {
    let record = try context.table.find(reference).record
    return try LogPlan(record, supervisor: context.supervisor.name).details
  }

  /// Joins the first process. Throws `failedPrecondition` where it does not run; with `starting` it is started then.
  package func attach(_ reference: String, starting: Bool) async throws -> any AttachedSession {
    let entry = try context.table.find(reference)
    if starting { try await startRequirements(of: entry) }
    if starting, let session = try await begin(entry, isAttached: true) { return session }
    guard entry.state != .created, case .running = try await context.supervisor.observe(entry.id) else {
      throw WherryError(
        .failedPrecondition, "cannot attach to container \(entry.record.name): it is not running",
        hint: "wherry start --attach \(entry.record.name)")
    }
    try await requireNotPaused(entry, to: "attach to")
    let session = try await context.supervisor.attach(entry.id)
    context.record("attach", of: entry)
    return context.reported(session, of: entry)
  }

  /// Runs a further process. Throws `failedPrecondition` where the container does not run.
  package func exec(_ reference: String, _ request: ExecRequest) async throws -> any AttachedSession {
    let (entry, launch) = try await prepareExec(reference, request)
    let context = self.context
    let exec = recordExec(of: entry, request)
    let session = try await context.supervisor.exec(entry.id, launch)
    context.record("exec_start: \(exec.command)", of: entry, ["execID": exec.id])
    return ReportedSession(
      base: session,
      // It is killed then.
      detached: { context.record("exec_die", of: entry, ["execID": exec.id, "exitCode": "137"]) },
      ended: { context.record("exec_die", of: entry, ["execID": exec.id, "exitCode": "\($0.code)"]) })
  }

  package func execDetached(_ reference: String, _ request: ExecRequest) async throws {
    let (entry, launch) = try await prepareExec(reference, request)
    let exec = recordExec(of: entry, request)
    try await context.supervisor.execDetached(entry.id, launch)
    context.record("exec_start: \(exec.command)", of: entry, ["execID": exec.id])
  }

  private func recordExec(of entry: ContainerEntry, _ request: ExecRequest) -> (id: String, command: String) {
    let exec = (
      // Arguments may be secrets, and events are for every viewer.
      id: ContainerID.random().rawValue,
      command: String(decoding: (request.command.first ?? "").utf8.prefix(1024), as: UTF8.self)
    )
    context.record("exec_create: \(exec.command)", of: entry, ["execID": exec.id])
    return exec
  }

  private func prepareExec(
    _ reference: String, _ request: ExecRequest
  ) async throws -> (ContainerEntry, ExecLaunch) {
    let entry = try context.table.find(reference)
    let record = entry.record
    let userName = try request.userName(record)
    guard entry.state != .created, case .running = try await context.supervisor.observe(entry.id) else {
      throw WherryError(
        .failedPrecondition, "cannot execute in container \(record.name): it is not running",
        hint: "wherry start \(record.name)")
    }
    try await requireNotPaused(entry, to: "execute in")
    let context = self.context
    let root = ImageRoot(context.roots.path(entry.id))
    let groups = request.user == nil ? record.spec.groups ?? [] : []
    let user = try await context.pool.run {
      let accounts = try root.accounts()
      var user = try ResolvedUser(userName, in: accounts)
      try user.add(groups: groups, from: accounts)
      return user
    }
    let process = try request.process(
      in: record, user: user, hostname: context.hostname(of: record, id: entry.id),
      available: context.settings.availableCapabilities)
    return (entry, ExecLaunch(process: process, openStdin: request.openStdin))
  }
}
