import WherryEngine
import WherryLinux
import WherryModel
import WherryOCI

/// Runs a further process in a container, with what both supervisors have in common.
struct ExecLauncher {
  let runtime: RuntimeDriver
  let container: ContainerID
  /// The container's, where the exec's own files go.
  let bundle: String
  /// Makes the runtime's command one that runs where the container's limits hold.
  var entering: (Spawn) -> Spawn = { $0 }

  func attached(_ launch: ExecLaunch) throws -> any AttachedSession {
    let (files, spawn) = try prepare(launch, detached: false)
    return try ExecSession(
      spawn, openStdin: launch.openStdin, terminal: launch.process.terminal, folder: files.folder)
  }

  func detached(_ launch: ExecLaunch) async throws {
    let (files, spawn) = try prepare(launch, detached: true)
    let output = try await spawn.output(maximum: 64 << 10)
    _ = try Files.removeTree(files.folder)
    guard output.status.isSuccess else {
      throw RuntimeFailure.error(saying: output.errorText, doing: "exec")
    }
  }

  private func prepare(_ launch: ExecLaunch, detached: Bool) throws(WherryError) -> (ExecFiles, Spawn) {
    let files = try ExecFiles.make(in: bundle, launch.process)
    let spawn = runtime.exec(
      container, processFile: files.process, pidFile: files.pid, log: files.log, detached: detached,
      terminal: launch.process.terminal)
    return (files, entering(spawn))
  }
}
