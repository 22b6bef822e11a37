import Glibc
package import WherryEngine
import WherryLinux
import WherryModel

/// aardvark-dns: answers containers' questions for one another's names, on the gateways' addresses. Its files say what
/// it knows, a signal makes it read them, and it ends when there are none.
package struct NameService: Sendable {
  /// How long a slow device may take to load and start it.
  private static let patience = Duration.seconds(10)
  static let programs = ["/usr/lib/podman/aardvark-dns", "/usr/libexec/podman/aardvark-dns"]

  let folder: String
  /// Where systemd is, the process must not belong to the daemon, which comes and goes.
  let usesSystemd: Bool

  /// One file a network: the addresses to answer on, then a container a line, with the servers it is sent on to.
  /// Pure.
  package static func files(_ plan: NetworkPlan) -> [String: String] {
    var files: [String: String] = [:]
    for network in plan.networks where network.hasNames && plan.isUsed(network) {
      var text = network.subnets.map(\.gateway.description).joined(separator: ",") + "\n"
      for sandbox in plan.sandboxes {
        for endpoint in sandbox.endpoints where endpoint.network.id == network.id {
          let four = endpoint.addresses.filter { !$0.isIPv6 }.map(\.description).joined(separator: ",")
          let six = endpoint.addresses.filter(\.isIPv6).map(\.description).joined(separator: ",")
          text += "\(sandbox.id) \(four) \(six) \(endpoint.names.joined(separator: ","))"
          let servers = sandbox.servers.isEmpty ? plan.servers : sandbox.servers
          if !servers.isEmpty { text += " " + servers.map(\.description).joined(separator: ",") }
          text += "\n"
        }
      }
      files[network.name] = text
    }
    return files
  }

  func apply(_ plan: NetworkPlan) throws(WherryError) {
    let wanted = Self.files(plan)
    let mustStart = try WherryError.converting("name service") { () throws(SystemError) in
      let exists = try Files.exists(folder)
      if wanted.isEmpty, !exists { return false }
      try Files.makeDirectories(folder)
      var changed = false
      for name in try Files.list(folder)
      where name != NetworkSpecValidation.nameServiceFile && wanted[name] == nil {
        try Files.unlink("\(folder)/\(name)")
        changed = true
      }
      for (name, text) in wanted {
        let old = try Files.readIfPresent("\(folder)/\(name)", maximum: 4 << 20)
        guard old != Array(text.utf8) else { continue }
        try Files.replace("\(folder)/\(name)", Array(text.utf8))
        changed = true
      }
      let isTold = changed ? try tell() : try process() != nil
      return !wanted.isEmpty && !isTold
    }
    if mustStart { try start() }
  }

  private func process() throws(SystemError) -> Int32? {
    let text = String(
      decoding: try Files.readIfPresent("\(folder)/\(NetworkSpecValidation.nameServiceFile)", maximum: 32)
        ?? [], as: UTF8.self)
    guard let pid = Int32(text.filter { !$0.isWhitespace }), pid > 1,
      let name = try Files.readIfPresent("/proc/\(pid)/comm", maximum: 64),
      String(decoding: name, as: UTF8.self).hasPrefix("aardvark-dns")
    else { return nil }
    return pid
  }

  /// False where it does not run.
  private func tell() throws(SystemError) -> Bool {
    guard let pid = try process() else { return false }
    return kill(pid, SIGHUP) == 0
  }

  /// It goes into the background by itself once it listens.
  private func start() throws(WherryError) {
    guard let program = Self.programs.first(where: { access($0, X_OK) == 0 }) else {
      throw WherryError(
        .failedPrecondition, "name service: aardvark-dns is not installed", hint: "apt install aardvark-dns")
    }
    let arguments = ["--config", folder, "-p", "53", "run"]
    let spawn =
      usesSystemd
      ? Spawn(
        "/usr/bin/systemd-run",
        ["--quiet", "--scope", "--slice=wherry.slice", "--collect", program] + arguments)
      : Spawn(program, arguments)
    let status = try WherryError.converting("name service") { () throws(SystemError) in
      let child = try spawn.start()
      let clock = ContinuousClock()
      let end = clock.now.advanced(by: Self.patience)
      while clock.now < end {
        if let status = try child.reap() { return ExitStatus?.some(status) }
        usleep(5_000)
      }
      try child.send(SIGKILL)
      return nil
    }
    guard let status else {
      throw WherryError(
        .unavailable, "name service: aardvark-dns did not start within \(Self.patience.components.seconds) s",
        hint: "try again when the device is less busy")
    }
    guard status.isSuccess else {
      throw WherryError(
        .failedPrecondition, "name service: aardvark-dns does not start: \(status)",
        hint: "its reason is in the system's log; something else may have port 53 of the network's gateway")
    }
  }
}
