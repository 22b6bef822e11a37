package import WherryLinux
package import WherryModel

/// The OCI runtime: which program, and how it is called.
package struct RuntimeDriver: Sendable {
  package let path: String
  /// Where the runtime keeps its own state.
  package let stateDirectory: String
  /// False under systemd, which keeps the cgroups then (crun's `--cgroup-manager=disabled`).
  package let managesCgroups: Bool

  package init(path: String, stateDirectory: String, managesCgroups: Bool) {
    self.path = path
    self.stateDirectory = stateDirectory
    self.managesCgroups = managesCgroups
  }

  private static let folders = [
    "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/bin", "/sbin",
  ]

  /// The configured runtime, or crun, or runc; runc first where cgroups are not unified, since Debian 12's
  /// crun refuses hybrid ones.
  package static func find(
    configured: String?, cgroups: Cgroups.Mode, exists: (String) -> Bool
  ) throws(WherryError) -> String {
    if let configured {
      guard exists(configured) else {
        throw WherryError(.notFound, "OCI runtime \(configured) does not exist")
      }
      return configured
    }
    let names = cgroups == .unified ? ["crun", "runc"] : ["runc", "crun"]
    for name in names {
      for folder in folders where exists("\(folder)/\(name)") { return "\(folder)/\(name)" }
    }
    throw WherryError(.notFound, "no OCI runtime is installed", hint: "install crun: apt install crun")
  }

  /// Options before the command.
  package var globalArguments: [String] {
    ["--root", stateDirectory] + (managesCgroups ? [] : ["--cgroup-manager=disabled"])
  }

  /// Starts the first process of a container that was created.
  package func start(_ id: ContainerID) async throws {
    try await run("start", [id.rawValue])
  }

  func setPaused(_ id: ContainerID, _ isPaused: Bool) async throws {
    try await run(isPaused ? "pause" : "resume", [id.rawValue])
  }

  /// Changes the limits of a container that runs to those of a `RuntimeSpec.Resources` in `file`.
  func update(_ id: ContainerID, file: String) async throws {
    try await run("update", ["--resources", file, id.rawValue])
  }

  /// Deletes what the runtime keeps of the container, killing what is left of it.
  package func delete(_ id: ContainerID) async throws {
    try await run("delete", ["--force", id.rawValue])
  }

  /// The first line of `--version`.
  package func version() async throws -> String {
    let output = try await Spawn(path, ["--version"]).output(maximum: 4096, timeout: .seconds(10))
    return String(output.outputText.prefix { $0 != "\n" })
  }

  func exec(
    _ id: ContainerID, processFile: String, pidFile: String, log: String, detached: Bool, terminal: Bool
  ) -> Spawn {
    let options =
      ["--process", processFile, "--pid-file", pidFile] + (detached ? ["--detach"] : [])
      + (terminal && !detached ? ["--tty"] : [])
    return Spawn(
      path, globalArguments + ["--log", log, "--log-format", "text", "exec"] + options + [id.rawValue])
  }

  private func run(_ verb: String, _ arguments: [String]) async throws {
    let output = try await Spawn(path, globalArguments + [verb] + arguments).output(maximum: 64 << 10)
    guard output.status.isSuccess else {
      throw RuntimeFailure.error(saying: output.errorText, doing: verb)
    }
  }
}
