package import WherryModel
package import WherryWire

/// The mounts a user asked for.
package enum MountPlan {
  package static let maximumMounts = 256
  /// Options that may follow a bind or tmpfs mount (mount(8)); anything else is refused by name.
  static let bindOptions: Set<String> = [
    "ro", "rw", "nosuid", "suid", "nodev", "dev", "noexec", "exec", "private", "rprivate", "shared",
    "rshared", "slave",
    "rslave", "bind", "rbind", "z", "Z", "noatime", "relatime", "create", "nocreate", "rro", "norro",
  ]
  /// How mounts propagate is the device's business, not a volume's.
  static let volumeOptions: Set<String> = [
    "ro", "rw", "nosuid", "suid", "nodev", "dev", "noexec", "exec", "z", "Z", "noatime", "relatime", "rro",
    "norro",
  ]
  static let tmpfsFlags: Set<String> = [
    "ro", "rw", "nosuid", "suid", "nodev", "dev", "noexec", "exec", "noatime", "relatime", "strictatime",
    "sync",
    "nodiratime",
  ]
  static let tmpfsKeys: Set<String> = ["size", "mode", "uid", "gid", "nr_inodes", "nr_blocks"]

  package static func validate(_ mounts: [WherryWire.Mount]) throws(WherryError) {
    guard mounts.count <= maximumMounts else {
      throw SpecValidation.invalid("--mount: more than \(maximumMounts) mounts")
    }
    var targets: Set<String> = []
    for mount in mounts {
      let target = try self.target(mount)
      guard targets.insert(target).inserted else {
        throw SpecValidation.invalid(
          "--mount: \(Printable.text(target)) is given twice", hint: "mount one thing there")
      }
      switch mount.kind {
      case .bind: try validateBind(mount)
      case .tmpfs: try validateTmpfs(mount)
      case .volume: try validateVolume(mount)
      default:
        throw WherryError(.unsupported, "--mount: unknown kind of mount \(mount.kind.rawValue)")
      }
    }
  }

  /// The clean absolute target.
  static func target(_ mount: WherryWire.Mount) throws(WherryError) -> String {
    func refuse(_ reason: String, hint: String? = nil) -> WherryError {
      SpecValidation.invalid("--mount: target \(Printable.text(mount.target)) \(reason)", hint: hint)
    }
    guard mount.target.hasPrefix("/") else {
      throw refuse("is not absolute", hint: "write it from the root: /…")
    }
    guard mount.target.utf8.count <= 4095, !mount.target.utf8.contains(0) else { throw refuse("is no path") }
    let clean = ContainerPath.clean(mount.target)
    guard clean != "/" else { throw refuse("is the container's root") }
    guard !ContainerPath.isInside(clean, "/proc") else {
      throw refuse("is inside /proc, which the kernel provides")
    }
    return clean
  }

  private static func validateBind(_ mount: WherryWire.Mount) throws(WherryError) {
    let source = mount.source ?? ""
    guard source.hasPrefix("/"), source.utf8.count <= 4095, !source.utf8.contains(0) else {
      throw SpecValidation.invalid(
        "--mount: source \(Printable.text(source).debugDescription) is not an absolute path",
        hint: "give the folder's path from the device's root")
    }
    for option in mount.options ?? [] where !bindOptions.contains(option) {
      throw SpecValidation.invalid(
        "--mount: unknown option \(Printable.text(option).debugDescription) of a bind mount")
    }
  }

  private static func validateVolume(_ mount: WherryWire.Mount) throws(WherryError) {
    if let name = mount.source, !name.isEmpty { _ = try VolumeName(name) }
    for option in mount.options ?? [] where !volumeOptions.contains(option) {
      throw SpecValidation.invalid(
        "--volume: unknown option \(Printable.text(option).debugDescription) of a volume")
    }
    guard let subpath = mount.subpath else { return }
    let names = subpath.split(separator: "/", omittingEmptySubsequences: true)
    guard !subpath.isEmpty, !subpath.hasPrefix("/"), subpath.utf8.count <= 4095, !subpath.utf8.contains(0),
      !names.contains("..")
    else {
      throw SpecValidation.invalid(
        "--mount: volume-subpath \(Printable.text(subpath).debugDescription) must be a relative path within the volume"
      )
    }
  }

  private static func validateTmpfs(_ mount: WherryWire.Mount) throws(WherryError) {
    guard (mount.source ?? "").isEmpty || mount.source == "tmpfs" else {
      throw SpecValidation.invalid("--tmpfs: a tmpfs has no source (\(Printable.text(mount.source ?? "")))")
    }
    for option in mount.options ?? [] {
      let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
        String.init)
      let isFlag = parts.count == 1 && tmpfsFlags.contains(option)
      let isKey =
        parts.count == 2 && tmpfsKeys.contains(parts[0])
        && !parts[1].isEmpty && parts[1].utf8.allSatisfy { isWord($0) }
      guard isFlag || isKey else {
        throw SpecValidation.invalid(
          "--tmpfs: unknown option \(Printable.text(option).debugDescription)",
          hint: "such as size=64m, mode=1777, ro, noexec")
      }
    }
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      || byte == UInt8(ascii: "%")
  }
}
