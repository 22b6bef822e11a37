import WherryModel
import WherryOCI
import WherryWire

extension MountPlan {
  /// The user's mounts as the runtime wants them, outer ones first.
  static func runtimeMounts(_ mounts: [WherryWire.Mount]) throws(WherryError) -> [RuntimeSpec.Mount] {
    var result: [RuntimeSpec.Mount] = []
    for mount in mounts {
      let target = try target(mount)
      switch mount.kind {
      case .tmpfs:
        result.append(
          .init(destination: target, type: "tmpfs", source: "tmpfs", options: tmpfsOptions(mount)))
      case .bind:
        result.append(
          .init(destination: target, type: "bind", source: mount.source, options: bindOptions(mount)))
      default: continue
      }
    }
    let depths = result.map { $0.destination.utf8.count(where: { $0 == UInt8(ascii: "/") }) }
    return zip(depths, result).enumerated()
      .sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }
      .map(\.element.1)
  }

  private static let propagations: Set<String> = [
    "private", "rprivate", "shared", "rshared", "slave", "rslave",
  ]

  private static func bindOptions(_ mount: WherryWire.Mount) -> [String] {
    let wanted = mount.options ?? []
    let ignored: Set<String> = ["z", "Z", "create", "nocreate", "ro", "rw", "bind", "rbind"]
    var options = [wanted.contains("bind") ? "bind" : "rbind"]
    options += wanted.filter { !ignored.contains($0) }
    if !wanted.contains(where: { propagations.contains($0) }) { options.append("rprivate") }
    let isReadOnly = mount.readOnly ?? false || wanted.contains("ro")
    options.append(isReadOnly ? "ro" : "rw")
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
