import Glibc
import WherryLinux
import WherryModel
import WherrySystemd

/// `ExecStart=` of a container's unit.
///
/// Without conmon it becomes the runtime's `create`, whose standard output and error are journal streams that name
/// the unit. (systemd-cat's do not: what a container wrote that ended at once would belong to no unit. Streams handed
/// over with `StandardOutputFileDescriptor=` are closed at the first restart, in systemd 252.)
///
/// With conmon it creates the container, waits for a client that is about to attach, then lets the first process run.
struct ContainerLaunchStep {
  static let patience = Duration.seconds(30)

  var files: ContainerFiles

  func run() async throws {
    guard let facts = try UnitFacts.read(files.unit) else {
      throw WherryError(.internal, "container \(files.id.short): its unit file is missing in \(files.bundle)")
    }
    guard facts.usesMonitor else { return try becomeRuntime(facts) }
    do {
      try clear()
      try await Monitor(
        runtime: facts.runtime, files: files, name: facts.name, log: .journal, openStdin: facts.openStdin,
        terminal: facts.terminal, keepsInput: facts.keepsInput
      ).create()
      guard let monitor = try files.process(files.monitorPID) else {
        throw WherryError(.internal, "conmon of container \(files.id.short) has ended")
      }
      Notify.ready(mainPID: monitor.pid)
      try Files.write(files.created, [])
      try await waitForClient()
      try await facts.runtime.start(files.id)
      try Files.write(files.started, [])
    } catch {
      let error = WherryError.wrapping(error)
      // For the hook, which writes it down for the daemon. Without its container conmon ends, and the unit.
      try Files.write(files.runtimeLog, Array((error.message + "\n").utf8))
      do {
        try await facts.runtime.delete(files.id)
      } catch {}
      throw error
    }
  }

  /// Returns by throwing only.
  private func becomeRuntime(_ facts: UnitFacts) throws(SystemError) {
    let unit = UnitPlan.unit(files.id)
    let output = try JournalStream.open(identifier: facts.name, unit: unit, priority: 6)
    let error = try JournalStream.open(identifier: facts.name, unit: unit, priority: 3)
    let arguments = UnitPlan.create(facts, files)
    var vector = arguments.map { strdup($0) }
    vector.append(nil)
    // The threads of this process have signals blocked, and that is inherited.
    var none = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, nil)
    guard dup2(output.rawValue, 1) >= 0, dup2(error.rawValue, 2) >= 0 else {
      throw SystemError(errno: errno, "redirect output of", unit)
    }
    execv(facts.runtimePath, vector)
    throw SystemError(errno: errno, "start", facts.runtimePath)
  }

  /// What the last run has left; conmon would take its exit file for its own.
  private func clear() throws(SystemError) {
    for stale in [
      files.exit, files.pid, files.monitorPID, files.attach, files.control, files.bundle + "/winsz",
      files.created, files.started, files.runtimeLog, files.monitorState + "/exit",
    ] {
      try Files.unlink(stale)
    }
  }

  private func waitForClient() async throws {
    let watch = try FileWatch([files.bundle], [.deleted])
    guard try Files.exists(files.attachPending) else { return }
    let path = files.attachPending
    let came = try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        for try await _ in watch where try !Files.exists(path) { return true }
        return false
      }
      group.addTask {
        try await Task.sleep(for: Self.patience)
        return false
      }
      defer { group.cancelAll() }
      return try await group.next() ?? false
    }
    guard came else {
      throw WherryError(.deadlineExceeded, "the daemon did not attach to container \(files.id.short)")
    }
  }
}
