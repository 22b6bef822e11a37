package import WherryModel
package import WherryOCI
import WherryWire

/// A further process in a running container: what `exec` was asked, over what the container has.
package struct ExecRequest: Sendable, Equatable {
  package var command: [String]
  package var environment: [String]
  package var workingDirectory: String?
  package var user: String?
  package var openStdin: Bool
  package var terminal: Bool
  package var privileged: Bool

  package init(
    command: [String], environment: [String] = [], workingDirectory: String? = nil, user: String? = nil,
    openStdin: Bool = false, terminal: Bool = false, privileged: Bool = false
  ) {
    self.command = command
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.user = user
    self.openStdin = openStdin
    self.terminal = terminal
    self.privileged = privileged
  }

  /// Whom to look up in the container's files. Throws `invalidArgument`.
  package func userName(_ record: ContainerRecord) throws(WherryError) -> UserName {
    try UserName(user ?? record.user)
  }

  /// The process as the runtime reads it. Throws `invalidArgument`.
  package func process(
    in record: ContainerRecord, user: ResolvedUser, hostname: String, available: [String] = Capabilities.all
  ) throws(WherryError) -> RuntimeSpec.Process {
    try user.require(in: record.idMap)
    guard let first = command.first, !first.isEmpty else {
      throw WherryError(.invalidArgument, "no command to execute in container \(record.name)")
    }
    for text in command where text.utf8.contains(0) || text.utf8.count >= 131_072 {
      throw WherryError(.invalidArgument, "exec: an argument has a NUL or is too long")
    }
    var environment = EnvironmentList(record.environment)
    environment.setDefault("HOSTNAME=\(hostname)")
    if terminal { environment.setDefault("TERM=xterm") }
    try environment.apply(self.environment)
    environment.setDefault("HOME=\(user.home)")
    let isPrivileged = privileged || (record.spec.security?.privileged ?? false)
    let bounding = try RuntimeSpecBuilder.capabilities(
      record.spec.security, privileged: isPrivileged, available: available)
    let directory = try workingDirectory.map { path throws(WherryError) in
      try WorkingDirectory.validate(path, origin: "--workdir")
    }
    return RuntimeSpec.Process(
      terminal: terminal, user: user.runtimeUser, args: command, env: environment.entries,
      cwd: directory ?? record.workingDirectory, capabilities: RuntimeSpecBuilder.sets(bounding, user: user),
      rlimits: record.spec.runtimeLimits,
      noNewPrivileges: record.spec.security?.noNewPrivileges ?? false)
  }
}
