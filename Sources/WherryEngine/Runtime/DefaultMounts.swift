package import WherryOCI

/// What every container has mounted (runtime-spec config-linux.md, "Default Filesystems"; Docker's options).
package enum DefaultMounts {
  /// The device's own, for a container in its IPC namespace. Its message queues need no such thing: mqueue shows
  /// those of the namespace it is mounted in.
  package static let hostSharedMemory = RuntimeSpec.Mount(
    destination: "/dev/shm", type: "bind", source: "/dev/shm", options: ["rbind", "rprivate", "rw"])

  package static func mounts(isPrivileged: Bool, shmSize: UInt64? = nil) -> [RuntimeSpec.Mount] {
    let access = isPrivileged ? "rw" : "ro"
    return [
      .init(destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"]),
      // Never left out: without it crun 1.8.1 follows a /dev that is a symbolic link in the image.
      .init(
        destination: "/dev", type: "tmpfs", source: "tmpfs",
        options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
      .init(
        destination: "/dev/pts", type: "devpts", source: "devpts",
        options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
      .init(
        destination: "/dev/shm", type: "tmpfs", source: "shm",
        options: ["nosuid", "noexec", "nodev", "mode=1777", shmSize.map { "size=\($0)" } ?? "size=65536k"]),
      .init(
        destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"]),
      .init(
        destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", access]),
      .init(
        destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
        options: ["nosuid", "noexec", "nodev", "relatime", access]),
    ]
  }

  /// Where something is mounted in every container: what the runtime makes there is no change of the container's.
  package static let points = Set(
    mounts(isPrivileged: false).map(\.destination) + files(in: "").map(\.destination) + ["/dev/console"])

  /// The files the engine writes for the container.
  package static func files(in folder: String) -> [RuntimeSpec.Mount] {
    ["hostname", "hosts", "resolv.conf"].map { name in
      .init(
        destination: "/etc/\(name)", type: "bind", source: "\(folder)/\(name)",
        options: ["rbind", "rprivate", "rw"])
    }
  }
}

/// Docker's lists of what of /proc and /sys is hidden or read-only.
package enum DefaultPaths {
  package static let masked = [
    "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
    "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
    "/sys/devices/virtual/powercap", "/sys/firmware",
  ]

  package static let readOnly = [
    "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
  ]
}

/// Docker's device rules: nothing, except making nodes, and those every program expects. runc adds one of its own to any
/// list, also to Docker's: /dev/net/tun may be used by a container that makes the node (up to 1.1, and again since 1.2.4,
/// https://github.com/opencontainers/runc/pull/4555); crun does not.
package enum DefaultDevices {
  package static let rules: [RuntimeSpec.DeviceRule] = [
    .init(allow: false, access: "rwm"),
    .init(allow: true, type: "c", access: "m"),
    .init(allow: true, type: "b", access: "m"),
    character(1, 3),  // null
    character(1, 5),  // zero
    character(1, 7),  // full
    character(1, 8),  // random
    character(1, 9),  // urandom
    character(5, 0),  // tty
    character(5, 1),  // console
    character(5, 2),  // ptmx
    character(136, nil),  // pts
  ]

  private static func character(_ major: Int64, _ minor: Int64?) -> RuntimeSpec.DeviceRule {
    .init(allow: true, type: "c", major: major, minor: minor, access: "rwm")
  }
}
