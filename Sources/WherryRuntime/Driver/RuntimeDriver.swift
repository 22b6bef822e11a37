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

  var isCrun: Bool { path.hasSuffix("/crun") }

  /// Options before the command.
  package var globalArguments: [String] {
    ["--root", stateDirectory] + (managesCgroups ? [] : ["--cgroup-manager=disabled"])
  }

  /// Starts the first process of a container that was created.
  package func start(_ id: ContainerID) async throws {
    try await run("start", [id.rawValue])
  }

  /// As `start`, for processes without tasks, of a container that has no hooks for that moment: crun's `start` writes a
  /// byte into the fifo on which the first process waits, and takes it away, no more (libcrun's status.c, from its first
  /// release to 1.27). A program less to load, twice, since crun runs itself again from a copy. False where that cannot
  /// be done, and nothing has been. Throws where the first process ended just then.
  func openGate(_ id: ContainerID) throws(WherryError) -> Bool {
    guard isCrun, let fifo = takeGate(id) else { return false }
    try WherryError.converting("let the first process of container \(id.short) run") {
      () throws(SystemError) in
      try fifo.write([0])
    }
    return true
  }

  /// Nil where there is no gate, or nobody waits at it.
  private func takeGate(_ id: ContainerID) -> FileDescriptor? {
    let path = "\(stateDirectory)/\(id)/exec.fifo"
    do throws(SystemError) {
      guard try Files.statusIfPresent(path)?.kind == .fifo else { return nil }
      // Fails where nobody waits.
      let fifo = try FileDescriptor.open(path, [.writeOnly, .nonBlocking, .noFollow])
      try Files.unlink(path)
      return fifo
    } catch {
      return nil
    }
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
    if try knows(id) { try await run("delete", ["--force", id.rawValue]) }
  }

  /// As `delete`, for processes without tasks. The runtime says on our standard error what is wrong.
  func deleteBlocking(_ id: ContainerID) throws(WherryError) {
    guard try knows(id) else { return }
    let status = try WherryError.converting { () throws(SystemError) in
      var spawn = Spawn(path, globalArguments + ["delete", "--force", id.rawValue])
      spawn.descriptors = [2: 2]
      return try spawn.start().waitBlocking()
    }
    guard status.isSuccess else { throw RuntimeFailure.error(saying: "\(status)", doing: "delete") }
  }

  /// Whether the runtime may have anything of the container: whatever it keeps is named after it. Where there is
  /// nothing, no program needs to be started to find that out.
  private func knows(_ id: ContainerID) throws(WherryError) -> Bool {
    try WherryError.converting("list \(stateDirectory)") { () throws(SystemError) in
      do throws(SystemError) {
        return try Files.list(stateDirectory).contains { $0.contains(id.rawValue) }
      } catch {
        if error.isAbsent { return false }
        throw error
      }
    }
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
