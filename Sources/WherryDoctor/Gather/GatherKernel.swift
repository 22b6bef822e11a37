package import WherryLinux
import WherryModel

extension KernelFacts {
  /// Of this device. Blocks.
  package static func current() throws(SystemError) -> KernelFacts {
    let release = Host.current().kernel
    let folder = "/lib/modules/\(release)"
    let lists = [
      try Files.readIfPresent(folder + "/modules.builtin", maximum: 16 << 20),
      try Files.readIfPresent(folder + "/modules.dep", maximum: 64 << 20),
    ].compactMap(\.self)
    let files = Set(lists.flatMap { Self.modules(in: String(decoding: $0, as: UTF8.self)) })
    var parts: [String: Part] = [:]
    let fileSystems = try Files.readText("/proc/filesystems", maximum: 64 << 10)
    for (name, _) in needed + useful {
      if try Files.exists("/sys/module/\(name)") {
        parts[name] = .present
      } else if name == "overlay", fileSystems.contains("\toverlay\n") {
        parts[name] = .present
      } else if lists.isEmpty {
        parts[name] = .unknown
      } else {
        parts[name] = files.contains(name) ? .loadable : .missing
      }
    }
    return KernelFacts(
      release: release, namespaces: Set(try Files.list("/proc/self/ns")), parts: parts,
      hasSeccomp: try Files.exists("/proc/sys/kernel/seccomp/actions_avail"), landlock: Landlock.version)
  }

  /// Names of the modules that `modules.builtin` or `modules.dep` lists, with `_` for `-`. Pure.
  static func modules(in text: String) -> [String] {
    text.split(separator: "\n").compactMap { line in
      let path = line.prefix { $0 != ":" }
      guard let file = path.split(separator: "/").last, let name = file.split(separator: ".").first else {
        return nil
      }
      return String(name.map { $0 == "-" ? "_" : $0 })
    }
  }
}

extension CgroupFacts {
  /// Of this device. Blocks.
  package static func current() throws(SystemError) -> CgroupFacts {
    let cgroups = try Cgroups.current()
    var controllers = Set(cgroups.unifiedControllers)
    if cgroups.mode != .unified { controllers = Set(cgroups.controllerPaths.keys) }
    var facts = CgroupFacts(
      mode: cgroups.mode.rawValue, controllers: controllers,
      commandLine: try Files.readText("/proc/cmdline", maximum: 64 << 10))
    for path in ["/boot/firmware/cmdline.txt", "/boot/cmdline.txt"] {
      guard let text = try Files.readIfPresent(path, maximum: 64 << 10) else { continue }
      facts.commandLineFile = path
      facts.commandLineFileText = String(decoding: text, as: UTF8.self)
      break
    }
    return facts
  }
}

extension AppArmorFacts {
  /// Of this device. Blocks.
  package static func current() throws(SystemError) -> AppArmorFacts {
    let enabled = try Files.readIfPresent("/sys/module/apparmor/parameters/enabled", maximum: 16)
    var facts = AppArmorFacts(isEnabled: enabled?.first == UInt8(ascii: "Y"), hasParser: false)
    for folder in ["/usr/sbin", "/sbin", "/usr/bin"] where try Files.exists(folder + "/apparmor_parser") {
      facts.hasParser = true
    }
    return facts
  }
}
