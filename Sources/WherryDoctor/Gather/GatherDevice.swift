package import WherryLinux
package import WherryModel
import WherryOCI

extension ClockFacts {
  /// Of this device. Blocks.
  package static func current() throws(SystemError) -> ClockFacts {
    let now = Timestamp.now()
    let built = try Files.statusIfPresent("/proc/self/exe", following: true).map { Timestamp($0.modified) }
    let clocks = try Files.statusIfPresent("/sys/class/rtc") == nil ? [] : try Files.list("/sys/class/rtc")
    return ClockFacts(
      now: now, built: built, isSynchronised: KernelClock.isSynchronised, hasHardwareClock: !clocks.isEmpty,
      nowText: date(now), builtText: built.map(date) ?? "")
  }

  private static func date(_ time: Timestamp) -> String { String(RFC3339.format(time).prefix(10)) }
}

extension MemoryFacts {
  /// Of this device. Blocks.
  package static func current() throws(WherryError) -> MemoryFacts {
    let (memory, swaps) = try WherryError.converting { () throws(SystemError) in
      (
        try Files.readText("/proc/meminfo", maximum: 64 << 10),
        try Files.readIfPresent("/proc/swaps", maximum: 64 << 10) ?? []
      )
    }
    guard let facts = MemoryFacts(memory: memory, swaps: String(decoding: swaps, as: UTF8.self)) else {
      throw WherryError(.unsupported, "/proc/meminfo does not say how much memory there is")
    }
    return facts
  }
}

extension JournalFacts {
  /// Of this device. Blocks.
  package static func current() throws(SystemError) -> JournalFacts {
    var texts: [String] = []
    func read(_ path: String) throws(SystemError) {
      guard let bytes = try Files.readIfPresent(path, maximum: 64 << 10) else { return }
      texts.append(String(decoding: bytes, as: UTF8.self))
    }
    try read("/etc/systemd/journald.conf")
    for folder in [
      "/usr/lib/systemd/journald.conf.d", "/run/systemd/journald.conf.d", "/etc/systemd/journald.conf.d",
    ] {
      guard try Files.statusIfPresent(folder, following: true) != nil else { continue }
      for name in try Files.list(folder).prefix(100) where name.hasSuffix(".conf") {
        try read("\(folder)/\(name)")
      }
    }
    return JournalFacts(
      isRunning: try Files.exists("/run/systemd/journal/socket"),
      hasPersistentFolder: try Files.exists("/var/log/journal"), configurations: texts)
  }
}

extension NameServerFacts {
  /// Of this device's resolv.conf. Blocks, for less than five seconds.
  package static func current(_ file: String = "/etc/resolv.conf") throws(SystemError) -> NameServerFacts {
    let text = try Files.readIfPresent(file, maximum: 64 << 10) ?? []
    return NameServerFacts(
      servers: ResolverList.servers(String(decoding: text, as: UTF8.self)).map {
        Server($0, DNSProbe.ask($0))
      })
  }
}

extension AccessFacts {
  /// Of who runs this. Blocks.
  package static func current(group: String = "wherry") throws(SystemError) -> AccessFacts {
    let caller = HostUsers.caller
    let user = try HostUsers.user(caller.user)
    let number = try HostUsers.group(named: group)
    var isMember = false
    if let number {
      isMember = try HostUsers.groups(ofUser: caller.user, primary: caller.group).contains(number)
    }
    return AccessFacts(
      user: user?.name ?? "user \(caller.user)", isRoot: caller.user == 0, group: group,
      groupExists: number != nil, isMember: isMember,
      isActive: number.map { caller.groups.contains($0) } ?? false)
  }
}
