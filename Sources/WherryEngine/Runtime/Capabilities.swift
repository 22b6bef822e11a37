package import WherryModel

/// Which of the kernel's capabilities a container's process has (capabilities(7)).
package enum Capabilities {
  /// Docker's default set.
  package static let defaults = [
    "CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD",
    "CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID",
    "CAP_SYS_CHROOT",
  ]

  /// By number, `CAP_CHOWN` (0) to `CAP_CHECKPOINT_RESTORE` (40).
  package static let all = [
    "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
    "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT",
    "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE",
    "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG",
    "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
  ]

  /// As Docker's TweakCapabilities: `ALL` in either list starts from all or from none. `available` are the host's
  /// own (a container cannot get what the engine lacks). Sorted.
  package static func resolve(
    added: [String], dropped: [String], privileged: Bool, available: [String] = all
  ) throws(WherryError) -> [String] {
    let added = try normalize(added, "--cap-add")
    let dropped = try normalize(dropped, "--cap-drop")
    if privileged { return available.sorted() }
    let base: Set<String>
    switch (added.contains("ALL"), dropped.contains("ALL")) {
    case (true, _): base = Set(available).subtracting(dropped)
    case (false, true): base = Set(added)
    case (false, false): base = Set(defaults).subtracting(dropped).union(added)
    }
    return base.subtracting(["ALL"]).sorted()
  }

  /// `net_admin`, `NET_ADMIN` and `CAP_NET_ADMIN` are the same. Throws `invalidArgument` for an unknown name.
  package static func normalize(_ names: [String], _ flag: String) throws(WherryError) -> Set<String> {
    var result: Set<String> = []
    for name in names {
      let upper = name.uppercased()
      if upper == "ALL" {
        result.insert(upper)
        continue
      }
      let full = upper.hasPrefix("CAP_") ? upper : "CAP_" + upper
      guard all.contains(full) else {
        throw WherryError(
          .invalidArgument, "\(flag): unknown capability \(Printable.text(name).debugDescription)",
          hint: "capabilities(7) lists them, such as NET_ADMIN; ALL stands for every one")
      }
      result.insert(full)
    }
    return result
  }
}
