import WherryWire

/// A mount as `--mount` asked for it (Engine API, `HostConfig.Mounts`).
enum MountView {
  static func asked(_ mount: Mount) -> Value {
    var value: Value = ["Type": .string(mount.kind.label)]
    if let source = mount.source, !(mount.anonymous ?? false) { value.append("Source", .string(source)) }
    value.append("Target", .string(mount.target))
    if mount.readOnly ?? false { value.append("ReadOnly", true) }
    let options = mount.options ?? []
    switch mount.kind {
    case .bind:
      var bind: Value = [:]
      if let propagation = options.first(where: { VolumeOption.propagations.contains($0) }) {
        bind.append("Propagation", .string(propagation))
      }
      if options.contains("bind") { bind.append("NonRecursive", true) }
      if options.contains("norro") { bind.append("ReadOnlyNonRecursive", true) }
      if options.contains("rro") { bind.append("ReadOnlyForceRecursive", true) }
      if !options.contains("nocreate") { bind.append("CreateMountpoint", true) }
      if bind.isTrue { value.append("BindOptions", bind) }
    case .volume:
      var volume: Value = [:]
      if mount.noCopy ?? false { volume.append("NoCopy", true) }
      if let labels = mount.labels { volume.append("Labels", .map(labels)) }
      if mount.driver != nil || mount.driverOptions != nil {
        volume.append(
          "DriverConfig",
          ["Name": .string(mount.driver ?? ""), "Options": mount.driverOptions.map(Value.map) ?? .null])
      }
      if let subpath = mount.subpath { volume.append("Subpath", .string(subpath)) }
      if volume.isTrue { value.append("VolumeOptions", volume) }
    default:
      if !options.isEmpty { value.append("TmpfsOptions", ["Options": .strings(options)]) }
    }
    return value
  }
}
