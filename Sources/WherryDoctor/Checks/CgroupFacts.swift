package import WherryWire

/// Control groups, and where the kernel's command line is kept.
package struct CgroupFacts: Sendable, Equatable {
  /// `v2`, `hybrid`, `v1` or `none`.
  package var mode: String
  package var controllers: Set<String>
  /// /proc/cmdline
  package var commandLine: String
  /// Raspberry Pi's: `/boot/firmware/cmdline.txt` or `/boot/cmdline.txt`; nil where neither is.
  package var commandLineFile: String?
  package var commandLineFileText: String

  package init(
    mode: String, controllers: Set<String>, commandLine: String, commandLineFile: String? = nil,
    commandLineFileText: String = ""
  ) {
    self.mode = mode
    self.controllers = controllers
    self.commandLine = commandLine
    self.commandLineFile = commandLineFile
    self.commandLineFileText = commandLineFileText
  }

  /// Wherever the device keeps it.
  private func adding(_ words: String) -> String {
    if let file = commandLineFile {
      let has = Set(commandLineFileText.split(whereSeparator: \.isWhitespace).map(String.init))
      if has.isSuperset(of: words.split(separator: " ").map(String.init)) {
        return "\(file) has \(words) already: reboot"
      }
      return "add \(words) to the one line of \(file) and reboot: sed -i '1s/$/ \(words)/' \(file)"
    }
    return "add \(words) to the kernel's command line and reboot (with GRUB: GRUB_CMDLINE_LINUX in "
      + "/etc/default/grub, then update-grub)"
  }

  package var findings: [DoctorFinding] {
    if mode == "none" {
      return [
        .fault(
          .cgroups, "no control groups are mounted at /sys/fs/cgroup",
          "systemd mounts them at boot; in a container, start it with --cgroupns and a mounted /sys/fs/cgroup"
        )
      ]
    }
    var found: [DoctorFinding] = []
    if mode != "v2" {
      found.append(
        .warning(
          .cgroups,
          "control groups are \(mode): version 1 takes part, crun of Debian 12 refuses that and runc is used",
          adding("systemd.unified_cgroup_hierarchy=1")))
    }
    let block = mode == "v2" ? "io" : "blkio"
    let effects = [
      ("memory", "-m is refused, and one container can use up all memory"), ("cpu", "--cpus is refused"),
      ("pids", "--pids-limit is refused, and one container can use up all processes"),
      ("cpuset", "--cpuset-cpus is refused"),
      (block, "what containers write is not counted, and --device-write-bps is refused"),
    ]
    for (name, effect) in effects where !controllers.contains(name) {
      found.append(.warning(.cgroups, "no \(name) controller: \(effect)", remedy(name)))
    }
    if found.isEmpty {
      found = [.ok(.cgroups, "version 2, with \(controllers.sorted().joined(separator: " "))")]
    }
    return found
  }

  private func remedy(_ name: String) -> String {
    let isSwitchedOff = commandLine.split(whereSeparator: \.isWhitespace).contains("cgroup_disable=\(name)")
    if name == "memory", commandLineFile != nil || isSwitchedOff {
      return adding("cgroup_enable=memory cgroup_memory=1")
    }
    if isSwitchedOff { return "take cgroup_disable=\(name) from the kernel's command line and reboot" }
    let option =
      [
        "memory": "CONFIG_MEMCG", "cpu": "CONFIG_CFS_BANDWIDTH", "pids": "CONFIG_CGROUP_PIDS",
        "cpuset": "CONFIG_CPUSETS",
      ][name] ?? "CONFIG_BLK_CGROUP"
    if mode == "v2" {
      return "the kernel needs \(option), and nobody above may keep the controller back: cat "
        + "/sys/fs/cgroup/cgroup.controllers"
    }
    return "the kernel needs \(option), and the controller must be mounted: cat /proc/cgroups"
  }
}
