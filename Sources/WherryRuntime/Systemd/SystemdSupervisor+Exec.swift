package import WherryEngine
import WherryLinux
package import WherryModel
import WherrySystemd
package import WherryWire

extension SystemdSupervisor {
  /// Where conmon does not hold the streams, what it writes from now on is in the journal.
  package func attach(_ id: ContainerID) async throws -> any AttachedSession {
    let files = files(id)
    guard try UnitFacts.read(files.unit)?.usesMonitor ?? false else {
      let reader = logReader(id, LogQuery(follow: true, tail: 0))
      return LogSession(id, supervisor: self) { try await reader.next() }
    }
    return ContainerSession(id, files: files, socket: try AttachSocket(files.attach), supervisor: self)
  }

  package func exec(_ id: ContainerID, _ process: ExecLaunch) async throws -> any AttachedSession {
    try await launcher(id).attached(process)
  }

  package func execDetached(_ id: ContainerID, _ process: ExecLaunch) async throws {
    try await launcher(id).detached(process)
  }

  /// First enters the control group of the container's first process: the runtime leaves what it executes in the
  /// group of its caller, and limits and stop must cover it.
  private func launcher(_ id: ContainerID) async throws -> ExecLauncher {
    guard case .running(let pid, _, _) = try await observe(id) else {
      throw WherryError(.failedPrecondition, "container \(id.short) is not running")
    }
    var launcher = ExecLauncher(runtime: runtime, container: id, bundle: files(id).bundle)
    // runc finds the group by itself.
    if runtime.managesCgroups { return launcher }
    let object = "container \(id.short)"
    launcher.entering = ControlGroup.entering(
      try ControlGroup.ofProcess(pid, object).requireUnified(object))
    return launcher
  }

  package func probe(_ id: ContainerID, timeout: Duration) async throws -> HealthProbe {
    let launcher = try await launcher(id)
    return try await HealthProber(runtime: runtime, files: files(id), entering: launcher.entering)
      .run(timeout: timeout)
  }
}

extension ControlGroup {
  /// Makes a command one that joins the version 2 group first.
  static func entering(_ group: String) -> (Spawn) -> Spawn {
    let script = #"echo 0 >"$1" && shift && exec "$@""#
    return { spawn in
      var joined = spawn
      joined.executable = "/bin/sh"
      joined.arguments = ["sh", "-c", script, "sh", group + "/cgroup.procs"] + spawn.arguments
      return joined
    }
  }
}
