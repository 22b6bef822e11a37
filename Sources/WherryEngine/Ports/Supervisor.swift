package import WherryModel
import WherryOCI
package import WherryStore
package import WherryWire

/// Keeps containers' processes: starts them, knows how they are, stops them.
///
/// There are two: systemd (a transient unit a container) and conmon (where systemd is not
/// PID 1). A supervisor holds no state of its own that a restart of the daemon would lose;
/// everything it says comes from systemd, conmon's files or the kernel.
///
/// Calls about one container are serialised by the engine, except `signal`, `observe`,
/// `exec`, `logs` and `nextExit`, which may come at any time. All of them may block on
/// system calls and run those on the blocking pool. Errors are `WherryError`.
package protocol Supervisor: Sendable {
  /// `systemd` or `conmon`, as `info` prints it.
  var name: String { get }

  /// Whether somebody must stay to see containers end (and remove those that remove themselves): true of conmon,
  /// false of systemd, whose units have a hook.
  var needsResidentDaemon: Bool { get }

  /// Whether it restarts containers as their policy says; where not, the engine's watcher does.
  var appliesRestartPolicy: Bool { get }

  /// Whether the hooks of its containers themselves tell of starts, ends and health (`ContainerTeller`).
  var tellsLife: Bool { get }

  /// Writes the bundle and starts the first process, detached.
  /// Throws `commandNotFound` / `commandNotExecutable` when the runtime says the command
  /// cannot be run; then nothing of the container is left running.
  func start(_ launch: ContainerLaunch) async throws

  /// As `start`, with the streams held: no byte of output is lost, even of a process that
  /// ends at once.
  func startAttached(_ launch: ContainerLaunch) async throws -> any AttachedSession

  /// Joins the first process of a container that runs. Several may.
  func attach(_ id: ContainerID) async throws -> any AttachedSession

  /// What is true now. Never throws for a container it does not know: that is `.absent`.
  func observe(_ id: ContainerID) async throws -> Observation

  /// Sends `number` to the first process. Throws `failedPrecondition` when none runs.
  func signal(_ id: ContainerID, _ number: Int32) async throws

  /// Sends `signal`, after `timeout` SIGKILL to all that is left, and returns when the
  /// container is down and will not be restarted by its policy.
  func stop(_ id: ContainerID, signal: Int32, timeout: Duration) async throws

  /// Suspends until the container ended after `since` (or is already down), then says how.
  func nextExit(_ id: ContainerID) async throws -> Exit

  /// Stops all its processes where they are, or lets them go on. No error where they are so already.
  func setPaused(_ id: ContainerID, _ isPaused: Bool) async throws
  /// Whether a running container stands still; `pid` is its first process. False where that has ended.
  func isPaused(_ id: ContainerID, pid: Int32) async throws -> Bool

  /// Changes the limits and the restart policy of a container that runs, or waits for its policy to start it again.
  func update(_ id: ContainerID, _ change: ContainerChange) async throws

  /// Throw `failedPrecondition` where it does not run.
  func usage(_ id: ContainerID) async throws -> ResourceUsage
  func processes(_ id: ContainerID) async throws -> [ProcessEntry]
  /// What its control group counts of what it writes now; nil where it does not run. Its end is noted by whoever sees it.
  func wear(_ id: ContainerID) async throws -> WearLedger.Event?

  /// Runs another process in the container. `detached` returns once it has started.
  func exec(_ id: ContainerID, _ process: ExecLaunch) async throws -> any AttachedSession
  func execDetached(_ id: ContainerID, _ process: ExecLaunch) async throws

  /// Runs the test of the container's health check once: what runs longer than `timeout` is killed, with all it started.
  /// A test that fails, hangs or cannot be run is a probe that failed; nothing is thrown for that.
  func probe(_ id: ContainerID, timeout: Duration) async throws -> HealthProbe

  /// Whether a container whose launch has a readiness plan was found ready since it was started last.
  func isReady(_ id: ContainerID) async throws -> Bool
  /// Remembers that it was found ready.
  func setReady(_ id: ContainerID) async throws
  /// Whether it ends a container that is not ready in time.
  var endsLateStarts: Bool { get }

  /// How many messages of the container's output were dropped; nil where that is not known.
  func droppedMessages(_ id: ContainerID) async throws -> UInt64?

  /// When its policy starts a container that is down again, where the supervisor does that.
  func restartDue(_ id: ContainerID) async throws -> Timestamp?

  /// The container's output, oldest first. Ends after the last line, or with `follow` when
  /// the container has ended and everything was delivered.
  func logs(_ id: ContainerID, _ query: LogQuery) -> AsyncThrowingStream<LogLine, any Error>

  /// Removes what `start` made (bundle, unit, pid files) of a container that is down.
  /// Goes on past failures and reports them together.
  func cleanUp(_ id: ContainerID) async throws

  /// Deletes what outlives `cleanUp`: logs kept in files, exit records.
  func forget(_ id: ContainerID) async throws
}

extension Supervisor {
  package var appliesRestartPolicy: Bool { !needsResidentDaemon }
  package var tellsLife: Bool { !needsResidentDaemon }
  package var endsLateStarts: Bool { !needsResidentDaemon }
  package func isReady(_ id: ContainerID) async throws -> Bool { false }
  package func setReady(_ id: ContainerID) async throws {}
  package func droppedMessages(_ id: ContainerID) async throws -> UInt64? { nil }
  package func wear(_ id: ContainerID) async throws -> WearLedger.Event? { nil }
  package func restartDue(_ id: ContainerID) async throws -> Timestamp? { nil }
  /// Whether it probes containers itself; where not, the engine's watcher does.
  package var schedulesHealthChecks: Bool { !needsResidentDaemon }
}

/// A process whose streams are held by a client.
package protocol AttachedSession: Sendable {
  /// Bounded: the process blocks when nobody reads. Finishes when both streams ended.
  var output: AsyncThrowingStream<OutputChunk, any Error> { get }
  /// Suspends while the process does not read.
  func writeInput(_ bytes: [UInt8]) async throws
  func closeInput() async throws
  func signal(_ number: Int32) async throws
  func resize(rows: Int, columns: Int) async throws
  /// The process's own code or 128 + signal; suspends until it ended.
  func exit() async throws -> Exit
  /// Lets go of the streams; a container's first process goes on, an exec's is killed.
  func detach() async
}

package enum OutputChunk: Sendable, Equatable {
  case stdout([UInt8])
  case stderr([UInt8])
}
