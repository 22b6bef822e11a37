import WherryModel
import WherryOCI
import WherryWire

extension MountPlan {
  /// The user's mounts as the runtime wants them, outer ones first. `volumes` are where volumes are on the device, by
  /// the place of their mount in the list; `recursively` says whether what is below can be made read-only too, which
  /// crun refuses for `singleFiles`, that have nothing below.
  static func runtimeMounts(
    _ mounts: [WherryWire.Mount], volumes: [Int: VolumeSource] = [:], recursively: Bool = false,
    singleFiles: Set<Int> = []
  ) throws(WherryError) -> [RuntimeSpec.Mount] {
    var result: [RuntimeSpec.Mount] = []
    for (place, mount) in mounts.enumerated() {
      let target = try target(mount)
      switch mount.kind {
      case .tmpfs:
        result.append(
          .init(destination: target, type: "tmpfs", source: "tmpfs", options: tmpfsOptions(mount)))
      case .bind:
        let isFile = singleFiles.contains(place)
        var bound = mount
        if isFile { bound.options?.removeAll { $0 == "rro" } }
        result.append(
          .init(
            destination: target, type: "bind", source: mount.source,
            options: try bindOptions(bound, recursively && !isFile)))
      case .volume:
        guard let source = volumes[place] else { continue }
        var bound = mount
        bound.options = (mount.options ?? []) + source.options
        result.append(
          .init(
            destination: target, type: "bind", source: source.path,
            options: try bindOptions(bound, recursively)))
      default: continue
      }
    }
    let depths = result.map { $0.destination.utf8.count(where: { $0 == UInt8(ascii: "/") }) }
    return zip(depths, result).enumerated()
      .sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }
      .map(\.element.1)
  }

  static let propagations: Set<String> = [
    "private", "rprivate", "shared", "rshared", "slave", "rslave",
  ]

  private static func bindOptions(
    _ mount: WherryWire.Mount, _ recursively: Bool
  ) throws(WherryError) -> [String] {
    let wanted = mount.options ?? []
    let ignored: Set<String> = ["z", "Z", "create", "nocreate", "ro", "rw", "bind", "rbind", "rro", "norro"]
    var options = [wanted.contains("bind") ? "bind" : "rbind"]
    options += wanted.filter { !ignored.contains($0) }
    if !wanted.contains(where: { propagations.contains($0) }) { options.append("rprivate") }
    // crun 1.8.1 takes the r of a propagation for that of rbind.
    if wanted.contains("bind") {
      options = options.map { propagations.contains($0) && $0.hasPrefix("r") ? String($0.dropFirst()) : $0 }
    }
    let isReadOnly = mount.readOnly ?? false || wanted.contains("ro")
    options.append(isReadOnly ? "ro" : "rw")
    guard isReadOnly else { return options }
    if wanted.contains("rro"), !recursively {
      throw WherryError(
        .unsupported,
        "bind-recursive=readonly: this kernel or runtime cannot make what is mounted below read-only",
        hint: "it takes Linux 5.12; leave bind-recursive out")
    }
    // Beside `ro`: a runtime that does not know the word must not mount it writable.
    if recursively, !wanted.contains("norro"), !wanted.contains("bind") { options.append("rro") }
    return options
  }

  /// Docker's defaults, each unless its opposite was asked for.
  private static func tmpfsOptions(_ mount: WherryWire.Mount) -> [String] {
    let wanted = mount.options ?? []
    var options: [String] = []
    for (name, opposite) in [("nosuid", "suid"), ("nodev", "dev"), ("noexec", "exec")]
    where !wanted.contains(opposite) && !wanted.contains(name) {
      options.append(name)
    }
    options += wanted.filter { !["suid", "dev", "exec", "ro", "rw"].contains($0) }
    let isReadOnly = mount.readOnly ?? false || wanted.contains("ro")
    options.append(isReadOnly ? "ro" : "rw")
    return options
  }

  /// What the root's own propagation must be for a shared or slave mount below it to work.
  static func rootPropagation(_ mounts: [WherryWire.Mount]) -> String? {
    let options = Set(mounts.flatMap { $0.options ?? [] })
    if !options.isDisjoint(with: ["shared", "rshared"]) { return "shared" }
    if !options.isDisjoint(with: ["slave", "rslave"]) { return "rslave" }
    return nil
  }
}

/// Where a volume is on the device, and the options it is mounted with there: a runtime that binds it on makes a mount of
/// its own, which has only what is said again.
struct VolumeSource: Sendable, Equatable {
  private static let repeated: Set<String> = ["ro", "nosuid", "nodev", "noexec", "noatime"]

  var path: String
  var options: [String]

  /// `mountOptions` are the volume's own `o`.
  init(path: String, mountOptions: String? = nil) {
    self.path = path
    options = (mountOptions ?? "").split(separator: ",").map(String.init).filter {
      Self.repeated.contains($0)
    }
  }
}
