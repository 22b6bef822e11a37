package import WherryWire

/// What the kernel has of what containers need.
package struct KernelFacts: Sendable, Equatable {
  /// How a part of the kernel is there, that may be a module.
  package enum Part: Sendable, Equatable {
    case present
    /// As a module that the kernel loads when it is asked for.
    case loadable
    case missing
    /// There is no list of modules to look into.
    case unknown
  }

  /// uname(2), such as 6.1.0-18-arm64.
  package var release: String
  /// Names in /proc/self/ns.
  package var namespaces: Set<String>
  package var parts: [String: Part]
  package var hasSeccomp: Bool
  /// Of Landlock's interface; 0 where there is none.
  package var landlock: Int

  package init(
    release: String, namespaces: Set<String>, parts: [String: Part], hasSeccomp: Bool, landlock: Int
  ) {
    self.release = release
    self.namespaces = namespaces
    self.parts = parts
    self.hasSeccomp = hasSeccomp
    self.landlock = landlock
  }

  /// Modules by name, with what they are for; the second kind is missed by few.
  static let needed = [
    ("overlay", "containers' roots"), ("bridge", "networks"), ("veth", "networks"),
    ("nf_tables", "published ports and NAT"), ("nft_masq", "NAT"), ("nft_nat", "published ports"),
  ]
  static let useful = [("macvlan", "networks of driver macvlan")]

  /// Major and minor number; nil for a name that has none.
  static func version(_ release: String) -> [Int]? {
    var numbers = release.split(separator: ".").prefix(2).map { Int($0.prefix { $0.isNumber }) }[...]
    guard let major = numbers.popFirst() ?? nil, let minor = numbers.popFirst() ?? nil else { return nil }
    return [major, minor]
  }

  private func isOlder(than major: Int, _ minor: Int) -> Bool {
    guard let version = Self.version(release) else { return false }
    return version.lexicographicallyPrecedes([major, minor])
  }

  package var findings: [DoctorFinding] {
    var found = versionFindings + moduleFindings
    let wanted: Set = ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"]
    let absent = wanted.subtracting(namespaces).sorted()
    if !absent.isEmpty {
      found.append(
        .fault(
          .kernel, "no namespaces of kind \(absent.joined(separator: ", "))",
          "use a kernel with CONFIG_NAMESPACES and all its kinds, such as Debian's"))
    }
    if !hasSeccomp {
      found.append(
        .warning(
          .kernel, "no seccomp: system calls of containers are not filtered",
          "use a kernel with CONFIG_SECCOMP_FILTER"))
    }
    if landlock == 0 {
      found.append(
        .warning(
          .kernel, "no Landlock: the worker that unpacks images is confined less",
          "boot with landlock among lsm= (cat /sys/kernel/security/lsm), Linux 5.13 or later"))
    }
    if found.isEmpty {
      found = [
        .ok(
          .kernel,
          "Linux \(release): namespaces, overlayfs, nf_tables, bridges, seccomp, ID-mapped mounts, pidfd")
      ]
    }
    return found
  }

  private var versionFindings: [DoctorFinding] {
    if isOlder(than: 5, 6) {
      return [
        .fault(
          .kernel, "Linux \(release) is older than 5.6, which has pidfd and openat2",
          "install a newer kernel: apt install linux-image-ARCHITECTURE")
      ]
    }
    if isOlder(than: 5, 12) {
      return [
        .warning(
          .kernel, "Linux \(release) has no mount_setattr: read-only mounts are not recursive",
          "install Linux 5.19 or later")
      ]
    }
    if isOlder(than: 5, 19) {
      return [
        .warning(
          .kernel, "Linux \(release) cannot map the users of an overlay: --userns auto is refused",
          "install Linux 5.19 or later")
      ]
    }
    return []
  }

  private var moduleFindings: [DoctorFinding] {
    var found: [DoctorFinding] = []
    func modules(_ list: [(String, String)], _ part: Part) -> [(String, String)] {
      list.filter { parts[$0.0] ?? .unknown == part }
    }
    func names(_ list: [(String, String)]) -> String {
      list.map { "\($0.0) (\($0.1))" }.joined(separator: ", ")
    }
    let missing = modules(Self.needed, .missing)
    if !missing.isEmpty {
      found.append(
        .fault(
          .kernel, "the kernel has no \(names(missing))",
          "install the kernel's modules for \(release), or reboot where the kernel was upgraded; then modprobe "
            + (missing.first?.0 ?? "")))
    }
    let few = modules(Self.useful, .missing)
    if !few.isEmpty {
      found.append(
        .warning(.kernel, "the kernel has no \(names(few))", "install its modules where you need that"))
    }
    let unknown = modules(Self.needed, .unknown)
    if !unknown.isEmpty {
      found.append(
        .unknown(
          .kernel,
          "no list of modules in /lib/modules/\(release): not known whether it has \(names(unknown))",
          "modprobe tells: modprobe \(unknown.first?.0 ?? "")"))
    }
    return found
  }
}
