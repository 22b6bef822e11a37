import Glibc
import WherryEngine
import WherryLinux
import WherryModel
import WherryStore
import WherrySystemd
import WherryWire

/// What a container's unit and its health timer call, without a daemon.
struct HealthHook {
  var files: ContainerFiles

  /// `ExecStartPost=` of the container's unit, at each start.
  func begin() async throws {
    guard let facts = try HealthFacts.read(files.healthFacts) else { return }
    var machine = HealthMachine(facts.plan)
    try await perform(machine.handle(.started(at: .now())), facts)
    let executable = try Files.readLink("/proc/self/exe")
    let units = HealthUnits(id: files.id, run: files.run, plan: facts.plan, executable: executable)
    let bus = SystemBus(pool: BlockingPool(maximumThreads: 1))
    for (name, pause) in units.schedules {
      // Not waited for: they come after the container's unit, which waits for us.
      try await bus.beginTransientUnit(
        "\(name).timer", units.timer(pause: pause), with: "\(name).service", units.service())
    }
  }

  /// `ExecStart=` of the timer's service.
  func probe() async throws {
    guard let facts = try HealthFacts.read(files.healthFacts), let unit = try UnitFacts.read(files.unit),
      let process = try files.process(files.pid)
    else { return }
    let lock = try FileDescriptor.open(files.healthLock, [.writeOnly, .create], mode: 0o600)
    defer { _ = lock.rawValue }
    // The other timer's probe is at it.
    guard flock(lock.rawValue, LOCK_EX | LOCK_NB) == 0 else { return }
    let group = try ControlGroup.ofProcess(process.pid, "container \(files.id.short)")
    if try group.isFrozen { return }
    var prober = HealthProber(runtime: unit.runtime, files: files)
    if !unit.managesCgroups {
      prober.entering = ControlGroup.entering(try group.requireUnified("container \(files.id.short)"))
    }
    guard let record = try HealthFile.read(files.run.health(files.id)) else { return }
    var machine = HealthMachine(facts.plan, resuming: record)
    let result = try await prober.run(timeout: .nanoseconds(Int64(clamping: facts.plan.timeout)))
    // Its end, not its health, failed the test.
    guard try process.isRunning() else { return }
    let actions = machine.handle(.probeEnded(result))
    if !machine.isStarting(at: result.endedAt), machine.plan.startPeriod > 0 {
      try await SystemBus(pool: BlockingPool(maximumThreads: 1)).beginStop(
        "\(HealthUnits.startName(files.id)).timer")
    }
    try await perform(actions, facts)
  }

  private func tell(_ state: HealthState) {
    do throws(SystemError) {
      try UnitFacts.read(files.unit)?.teller(files)?.healthChanged(state, at: .now())
    } catch {
      UnitReport.ignoring(error, files.id)
    }
  }

  private func perform(_ actions: [HealthMachine.Action], _ facts: HealthFacts) async throws {
    for action in actions {
      switch action {
      case .persist(let record): try HealthFile.write(record, files.run.health(files.id))
      case .report(_, let state):
        tell(state)
        JournalWriter.send([
          ("MESSAGE", "wherry: container \(facts.name) is \(state)"),
          ("PRIORITY", state == .unhealthy ? "4" : "5"), ("SYSLOG_IDENTIFIER", UnitPlan.helperIdentifier),
          ("CONTAINER_NAME", facts.name), ("CONTAINER_ID_FULL", files.id.rawValue),
        ])
      case .act: try DaemonWaker(socket: facts.socket).healthChanged(files.id)
      // The timer does.
      case .probe: break
      }
    }
  }
}
