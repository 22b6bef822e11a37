package import WherryEngine
import WherryLinux
package import WherryModel
import WherrySystemd

extension SystemdSupervisor {
  package func exec(_ id: ContainerID, _ process: ExecLaunch) async throws -> any AttachedSession {
    let spawn = try await joined(id)
    let files = try ExecFiles.make(in: files(id).bundle, process.process)
    let call = runtime.exec(
      id, processFile: files.process, pidFile: files.pid, log: files.log, detached: false)
    return try ExecSession(spawn(call), openStdin: process.openStdin, folder: files.folder)
  }

  package func execDetached(_ id: ContainerID, _ process: ExecLaunch) async throws {
    let spawn = try await joined(id)
    let files = try ExecFiles.make(in: files(id).bundle, process.process)
    let call = runtime.exec(
      id, processFile: files.process, pidFile: files.pid, log: files.log, detached: true)
    let output = try await spawn(call).output(maximum: 64 << 10)
    _ = try Files.removeTree(files.folder)
    guard output.status.isSuccess else {
      throw RuntimeFailure.error(saying: output.errorText, doing: "exec")
    }
  }

  /// Makes a command one that first enters the control group of the container's first process: the runtime
  /// leaves what it executes in the group of its caller, and limits and stop must cover it.
  private func joined(_ id: ContainerID) async throws -> @Sendable (Spawn) -> Spawn {
    guard case .running(let pid, _, _) = try await observe(id) else {
      throw WherryError(.failedPrecondition, "container \(id.short) is not running")
    }
    // runc finds the group by itself.
    if runtime.managesCgroups { return { $0 } }
    let group = try ControlGroup.ofProcess(pid, "container \(id.short)")
    let script = #"echo 0 >"$1" && shift && exec "$@""#
    return { spawn in
      var joined = spawn
      joined.executable = "/bin/sh"
      joined.arguments = ["sh", "-c", script, "sh", group + "/cgroup.procs"] + spawn.arguments
      return joined
    }
  }
}

/// Version 2 control groups, cgroups(7).
enum ControlGroup {
  static let mountPoint = "/sys/fs/cgroup"

  /// The folder of the group a process is in.
  static func ofProcess(_ pid: Int32, _ object: String) throws(WherryError) -> String {
    let text = try WherryError.converting("\(object): its control group") { () throws(SystemError) in
      try Files.readText("/proc/\(pid)/cgroup", maximum: 64 << 10)
    }
    guard let path = path(text) else {
      throw WherryError(.unsupported, "\(object) is in no control group of version 2")
    }
    return mountPoint + path
  }

  /// The path in the line `0::PATH`.
  static func path(_ text: String) -> String? {
    for line in text.split(separator: "\n") where line.hasPrefix("0::/") {
      let path = String(line.dropFirst(3))
      return path == "/" ? "" : path
    }
    return nil
  }
}
