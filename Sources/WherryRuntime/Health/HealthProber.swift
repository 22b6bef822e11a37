import Glibc
import WherryEngine
import WherryLinux
import WherryModel
import WherryOCI
import WherryWire

/// Runs the test of a container's health check in the container, within a bound of time and of output.
struct HealthProber {
  let runtime: RuntimeDriver
  let files: ContainerFiles
  /// Makes the runtime's command one that runs where the container's limits hold.
  var entering: (Spawn) -> Spawn = { $0 }

  func run(timeout: Duration) async throws -> HealthProbe {
    let start = Timestamp.now()
    try Files.unlink(files.healthLog)
    let spawn = entering(
      runtime.exec(
        files.id, processFile: files.healthProcess, pidFile: files.healthPID, log: files.healthLog,
        detached: false, terminal: false))
    let outcome: (code: Int64, output: String)
    do {
      let output = try await spawn.output(maximum: HealthMachine.maximumOutput, timeout: timeout)
      outcome = try self.outcome(output)
    } catch let error as WherryError where error.code == .deadlineExceeded {
      try await killProbe()
      outcome = (-1, "Health check exceeded timeout (\(Self.text(timeout)))")
    } catch {
      // Cancelled, since the container has ended, or the daemon does.
      try await killProbe()
      throw error
    }
    return HealthProbe(startedAt: start, endedAt: .now(), exitCode: outcome.code, output: outcome.output)
  }

  private func outcome(_ output: CommandOutput) throws(SystemError) -> (code: Int64, output: String) {
    let bytes = (output.stdout + output.stderr).prefix(HealthMachine.maximumOutput)
    if !output.status.isSuccess {
      let said = try Files.readIfPresent(files.healthLog, maximum: 64 << 10) ?? []
      let failure = RuntimeFailure.error(saying: String(decoding: said, as: UTF8.self), doing: "exec")
      // The runtime has words only for what is not the test's own failure.
      if !said.isEmpty, failure.code.commandExitCode != nil || output.status.code == 255 {
        return (-1, String(decoding: failure.message.utf8.prefix(HealthMachine.maximumOutput), as: UTF8.self))
      }
    }
    return (Int64(output.status.code), String(decoding: bytes, as: UTF8.self))
  }

  /// Ends all that the test has started, also what has left its parent: they have the container's mark in their
  /// environment. The runtime's own process has been killed before.
  private func killProbe() async throws {
    let mark = Array("\(HealthLaunch.variable)=\(files.id)".utf8)
    let pool = BlockingPool(maximumThreads: 1, idleTimeout: .milliseconds(10))
    try await pool.run { () throws(SystemError) in try Self.kill(mark) }
  }

  /// Blocks, for a tenth of a second at most besides looking through /proc.
  private static func kill(_ mark: [UInt8]) throws(SystemError) {
    for _ in 0..<20 {
      var found = false
      for pid in try Files.list("/proc").compactMap({ Int32($0) }) {
        do {
          // Opened first: the number cannot change hands after that.
          let process = try PIDFD(pid: pid)
          let variables = try Files.read("/proc/\(pid)/environ", maximum: 1 << 20).split(separator: 0)
          guard variables.contains(where: { $0.elementsEqual(mark) }) else { continue }
          found = try process.send(SIGKILL) || found
        } catch {
          // It has gone, or is one that even root may not look at.
          continue
        }
      }
      if !found { return }
      usleep(5_000)
    }
  }

  /// As Go writes it: 3s, 1.5s, 200ms.
  static func text(_ duration: Duration) -> String {
    let milliseconds = max(Int64(duration / .milliseconds(1)), 0)
    if milliseconds < 1000 { return "\(milliseconds)ms" }
    let rest = milliseconds % 1000
    if rest == 0 { return "\(milliseconds / 1000)s" }
    var fraction = String(String(1000 + rest).dropFirst())
    while fraction.hasSuffix("0") { fraction.removeLast() }
    return "\(milliseconds / 1000).\(fraction)s"
  }
}

extension ContainerFiles {
  /// The test as the runtime executes it.
  var healthProcess: String { bundle + "/health-process.json" }
  /// What the timer's hook must know.
  var healthFacts: String { bundle + "/health" }
  var healthPID: String { bundle + "/health.pid" }
  var healthLog: String { bundle + "/health.log" }
  var healthLock: String { bundle + "/health.lock" }

  /// Of this start; removes what another left where there is no check.
  func writeHealth(_ health: HealthLaunch?, name: String, socket: String) throws(WherryError) {
    let json = try health?.process.json()
    try WherryError.converting("prepare health check of container \(id.short)") { () throws(SystemError) in
      guard let health, let json else {
        try Files.unlink(healthFacts)
        try Files.unlink(healthProcess)
        return
      }
      try Files.write(healthProcess, json)
      try Files.write(healthFacts, Array(HealthFacts(health.plan, name: name, socket: socket).text.utf8))
    }
  }
}

/// A health check for the hooks that carry it out: `KEY=VALUE` lines.
struct HealthFacts: Sendable, Equatable {
  var plan: HealthPlan
  var name: String
  /// Where the daemon is woken.
  var socket: String

  init(_ plan: HealthPlan, name: String, socket: String) {
    self.plan = plan
    self.name = name
    self.socket = socket
  }

  var text: String {
    [
      "name=\(name)", "socket=\(socket)", "interval=\(plan.interval)", "timeout=\(plan.timeout)",
      "start-period=\(plan.startPeriod)", "start-interval=\(plan.startInterval)", "retries=\(plan.retries)",
      "action=\(plan.action)",
    ].map { $0 + "\n" }.joined()
  }

  /// Nil where what must be there is not.
  init?(_ text: String) {
    let values = KeyValueText.parse(text)
    func number(_ key: String) -> UInt64? { values[key].flatMap { UInt64($0) } }
    guard let name = values["name"], let socket = values["socket"], let interval = number("interval"),
      let timeout = number("timeout"), let startPeriod = number("start-period"),
      let startInterval = number("start-interval"), let retries = number("retries"),
      let action = values["action"].flatMap({ HealthFailureAction(name: $0) })
    else { return nil }
    var plan = HealthPlan()
    plan.interval = interval
    plan.timeout = timeout
    plan.startPeriod = startPeriod
    plan.startInterval = startInterval
    plan.retries = retries
    plan.action = action
    self.init(plan, name: name, socket: socket)
  }

  static func read(_ path: String) throws(SystemError) -> HealthFacts? {
    guard let bytes = try Files.readIfPresent(path, maximum: 64 << 10) else { return nil }
    return HealthFacts(String(decoding: bytes, as: UTF8.self))
  }
}
