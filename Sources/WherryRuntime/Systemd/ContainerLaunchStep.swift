import WherryEngine
import WherryLinux
import WherryModel
import WherrySystemd

/// `ExecStart=` of the unit of a container with conmon: creates the container, waits for a client that is about to
/// attach, then lets the first process run. Without conmon: `DirectLaunchStep`. Without tasks and threads, as that.
struct ContainerLaunchStep {
  static let patience = Duration.seconds(30)

  var files: ContainerFiles
  var facts: UnitFacts

  func run() throws(WherryError) {
    let first = FirstProcess(files: files, facts: facts)
    do throws(WherryError) {
      try WherryError.converting { () throws(SystemError) in try clear() }
      // A client is attached: its unit is up at once.
      let socket = try WherryError.converting { () throws(SystemError) in
        facts.readiness?.source == .container ? try NotifySocket(in: files.notifyFolder) : nil
      }
      try Monitor(
        runtime: facts.runtime, files: files, name: facts.tag ?? facts.name,
        log: facts.hasNoLog ? .none : .journal, openStdin: facts.openStdin,
        terminal: facts.terminal, keepsInput: facts.keepsInput
      ).createBlocking()
      let monitor = try WherryError.converting { () throws(SystemError) in try files.process(files.monitorPID)
      }
      guard let monitor else {
        throw WherryError(.internal, "conmon of container \(files.id.short) has ended")
      }
      if let key = facts.seccompKey { SeccompCache(files.run, facts.runtime).keep(key, of: files.id) }
      Notify.ready(mainPID: monitor.pid)
      try waitForClient()
      try first.start()
      guard let socket, let readiness = facts.readiness else { return }
      try WherryError.converting { () throws(SystemError) in try wait(socket, readiness) }
    } catch {
      first.abandon(error)
      throw error
    }
  }

  private func wait(_ socket: NotifySocket, _ readiness: ReadinessPlan) throws(SystemError) {
    guard let identity = try files.process(files.pid), let process = try PIDFD.open(identity) else { return }
    if try socket.waitUntilReadyBlocking(or: process, patience: .seconds(Int64(readiness.timeout))) {
      try Files.write(files.ready, [])
    }
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

  private func waitForClient() throws(WherryError) {
    let came = try WherryError.converting { () throws(SystemError) in
      try Files.write(files.created, [])
      return try Files.waitUntilGone(files.attachPending, patience: Self.patience)
    }
    guard came else {
      throw WherryError(.deadlineExceeded, "the daemon did not attach to container \(files.id.short)")
    }
  }
}
