import Synchronization
import WherryEngine
import WherryLinux
import WherryModel
import WherryWire

/// A supervisor without processes: tests say what containers do, and read what was asked.
final class FakeSupervisor: Supervisor {
  struct State {
    var observations: [ContainerID: Observation] = [:]
    var waiters: [ContainerID: [CheckedContinuation<Exit, any Error>]] = [:]
    var launches: [ContainerID: ContainerLaunch] = [:]
    var calls: [String] = []
    var startFailure: WherryError?
    var stopFailure: WherryError?
    var cleanUpFailure: WherryError?
    /// What a stop leaves; nil leaves it running.
    var stopExit: UInt8? = 143
    /// A stop takes as long as this is set.
    var holdsStop = false
    var logs: [LogLine] = []
    var execs: [ExecLaunch] = []
    var sessionScript: [OutputChunk] = []
    var sessionExit: UInt8 = 0
    var nextPID: Int32 = 100
    var paused: Set<ContainerID> = []
    /// Called before each.
    var pauses: (@Sendable (ContainerID) -> Void)?
    var updateFailure: WherryError?
    var changes: [ContainerChange] = []
    /// The last one stays.
    var probeCodes: [Int64] = [0]
    /// How often it is asked in vain whether a container is ready.
    var readyAfter = 0
    /// After so many of these questions the container ends with code 7.
    var endsWhenAsked: Int?
  }

  let state = Mutex(State())
  let name: String
  let needsResidentDaemon: Bool
  let tellsLife = false

  init(name: String = "conmon", needsResidentDaemon: Bool = false) {
    self.name = name
    self.needsResidentDaemon = needsResidentDaemon
  }

  func configure(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }
  var calls: [String] { state.withLock(\.calls) }
  var execs: [ExecLaunch] { state.withLock(\.execs) }
  func launch(_ id: ContainerID) -> ContainerLaunch? { state.withLock { $0.launches[id] } }
  func waiterCount(_ id: ContainerID) -> Int { state.withLock { $0.waiters[id]?.count ?? 0 } }

  /// The container's process ends by itself.
  func end(_ id: ContainerID, code: UInt8, at time: UInt64 = 5) {
    let exit = Exit(
      code: code, startedAt: Timestamp(nanoseconds: 1), finishedAt: Timestamp(nanoseconds: time))
    let waiters = state.withLock { state in
      state.observations[id] = .exited(exit, restartCount: 0)
      return state.waiters.removeValue(forKey: id) ?? []
    }
    for waiter in waiters { waiter.resume(returning: exit) }
  }

  /// The machine loses power.
  func reboot() { state.withLock { $0.observations = [:] } }

  private func note(_ call: String) { state.withLock { $0.calls.append(call) } }

  func start(_ launch: ContainerLaunch) async throws {
    try state.withLock { state in
      state.calls.append("start")
      if let failure = state.startFailure { throw failure }
      state.nextPID += 1
      state.launches[launch.id] = launch
      state.observations[launch.id] = .running(
        pid: state.nextPID, startedAt: Timestamp(nanoseconds: 1), restartCount: 0)
    }
  }

  func isReady(_ id: ContainerID) async throws -> Bool {
    note("isReady")
    let (isReady, ends) = state.withLock { state in
      defer { state.readyAfter -= 1 }
      let ends = state.endsWhenAsked.map { $0 == state.calls.filter { $0 == "isReady" }.count } ?? false
      return (state.readyAfter <= 0, ends)
    }
    if ends { end(id, code: 7) }
    return isReady
  }

  func setPaused(_ id: ContainerID, _ isPaused: Bool) async throws {
    if isPaused { state.withLock(\.pauses)?(id) }
    state.withLock { state in
      state.calls.append(isPaused ? "pause" : "unpause")
      if isPaused { state.paused.insert(id) } else { state.paused.remove(id) }
    }
  }

  func isPaused(_ id: ContainerID, pid: Int32) async throws -> Bool {
    state.withLock { $0.paused.contains(id) }
  }
  func update(_ id: ContainerID, _ change: ContainerChange) async throws {
    try state.withLock { state in
      state.calls.append("update")
      if let failure = state.updateFailure { throw failure }
      state.changes.append(change)
    }
  }
  func usage(_ id: ContainerID) async throws -> ResourceUsage { ResourceUsage() }
  func processes(_ id: ContainerID) async throws -> [ProcessEntry] { [] }

  func attach(_ id: ContainerID) async throws -> any AttachedSession {
    throw WherryError(.unsupported, "the fake attaches to nothing")
  }

  func startAttached(_ launch: ContainerLaunch) async throws -> any AttachedSession {
    try await start(launch)
    let (script, code) = state.withLock { ($0.sessionScript, $0.sessionExit) }
    return FakeSession(script: script) { [self] in
      guard state.withLock({ $0.observations[launch.id] }) != nil else {
        throw WherryError(.failedPrecondition, "the fake knows no such container")
      }
      end(launch.id, code: code)
    }
  }

  func observe(_ id: ContainerID) async throws -> Observation {
    state.withLock { $0.observations[id] ?? .absent }
  }

  func signal(_ id: ContainerID, _ number: Int32) async throws { note("signal \(number)") }

  func stop(_ id: ContainerID, signal: Int32, timeout: Duration) async throws {
    let (failure, code) = state.withLock { state in
      state.calls.append("stop \(signal) \(timeout.components.seconds)")
      return (state.stopFailure, state.stopExit)
    }
    while state.withLock({ $0.holdsStop }) { await Task.yield() }
    if let failure { throw failure }
    if let code { end(id, code: code, at: 9) }
  }

  func nextExit(_ id: ContainerID) async throws -> Exit {
    try await withCheckedThrowingContinuation { continuation in
      let done: Exit? = state.withLock { state in
        if case .exited(let exit, _) = state.observations[id] { return exit }
        state.waiters[id, default: []].append(continuation)
        return nil
      }
      if let done { continuation.resume(returning: done) }
    }
  }

  func exec(_ id: ContainerID, _ process: ExecLaunch) async throws -> any AttachedSession {
    let (script, code) = state.withLock { state in
      state.execs.append(process)
      return (state.sessionScript, state.sessionExit)
    }
    return FakeSession(script: script, code: code) {}
  }

  func probe(_ id: ContainerID, timeout: Duration) async throws -> HealthProbe {
    let code = state.withLock { state in
      state.calls.append("probe")
      return state.probeCodes.count > 1 ? state.probeCodes.removeFirst() : state.probeCodes[0]
    }
    return HealthProbe(startedAt: .now(), endedAt: .now(), exitCode: code, output: "probed")
  }

  func execDetached(_ id: ContainerID, _ process: ExecLaunch) async throws {
    state.withLock { $0.execs.append(process) }
  }

  func logs(_ id: ContainerID, _ query: LogQuery) -> AsyncThrowingStream<LogLine, any Error> {
    let lines = state.withLock(\.logs)
    return AsyncThrowingStream { continuation in
      for line in lines { continuation.yield(line) }
      continuation.finish()
    }
  }

  func cleanUp(_ id: ContainerID) async throws {
    try state.withLock { state in
      state.calls.append("cleanUp")
      if let failure = state.cleanUpFailure { throw failure }
    }
  }

  func forget(_ id: ContainerID) async throws {
    state.withLock { state in
      state.calls.append("forget")
      state.observations[id] = nil
    }
  }
}

final class FakeSession: AttachedSession {
  let output: AsyncThrowingStream<OutputChunk, any Error>
  private let code: UInt8
  private let ended: @Sendable () throws -> Void
  let input = Mutex<[UInt8]>([])
  let events = Mutex<[String]>([])

  init(script: [OutputChunk], code: UInt8 = 0, ended: @escaping @Sendable () throws -> Void) {
    self.code = code
    self.ended = ended
    output = AsyncThrowingStream { continuation in
      for chunk in script { continuation.yield(chunk) }
      continuation.finish()
    }
  }

  func writeInput(_ bytes: [UInt8]) async throws { input.withLock { $0 += bytes } }
  func closeInput() async throws { events.withLock { $0.append("close") } }
  func signal(_ number: Int32) async throws { events.withLock { $0.append("signal \(number)") } }
  func resize(rows: Int, columns: Int) async throws { events.withLock { $0.append("\(rows)x\(columns)") } }

  func exit() async throws -> Exit {
    try ended()
    return Exit(code: code, startedAt: nil, finishedAt: Timestamp(nanoseconds: 5))
  }

  func detach() async { events.withLock { $0.append("detach") } }
}
