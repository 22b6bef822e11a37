import WherryLinux
import WherryModel

/// `ExecStart=` of a unit whose container has its streams held by conmon: creates the container, waits for a
/// client that is about to attach, then lets the first process run.
struct ContainerLaunchStep {
  static let patience = Duration.seconds(30)

  var files: ContainerFiles

  func run() async throws {
    guard let facts = try UnitFacts.read(files.unit) else {
      throw WherryError(.internal, "container \(files.id.short): its unit file is missing in \(files.bundle)")
    }
    do {
      try clear()
      try await Monitor(
        runtime: facts.runtime, files: files, name: facts.name, log: .journal, openStdin: facts.openStdin,
        terminal: facts.terminal
      ).create()
      try Files.write(files.created, [])
      try await waitForClient()
      try await facts.runtime.start(files.id)
    } catch {
      let error = WherryError.wrapping(error)
      // For the hook, which writes it down for the daemon.
      try Files.write(files.runtimeLog, Array((error.message + "\n").utf8))
      throw error
    }
  }

  /// What the last run has left; conmon would take its exit file for its own.
  private func clear() throws(SystemError) {
    for stale in [
      files.exit, files.pid, files.monitorPID, files.attach, files.control, files.bundle + "/winsz",
      files.created, files.runtimeLog, files.monitorState + "/exit",
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
