import WherryWire

/// `--mount type=bind|volume|tmpfs,…` and `--tmpfs PATH[:OPTIONS]`.
enum MountOption {
  static func parse(_ text: String, workingDirectory: String = "/") throws(OptionError) -> Mount {
    var fields = MountFields()
    for part in try CommaSeparated.fields(text) { try fields.add(part) }
    guard let target = fields.target else { throw OptionError("target is required") }
    guard target.hasPrefix("/") else {
      throw OptionError("invalid mount path: '\(target)' mount path must be absolute")
    }
    try fields.requireOnly(ofKind: fields.type)
    var mount: Mount
    switch fields.type {
    case "bind":
      guard var source = fields.source, !source.isEmpty else { throw OptionError("source is required") }
      source = VolumeOption.hostPath(source, workingDirectory: workingDirectory) ?? source
      guard source.hasPrefix("/") else {
        throw OptionError(
          "invalid mount config for type \"bind\": invalid mount path: '\(source)' mount path must be absolute"
        )
      }
      mount = Mount(kind: .bind, source: source, target: target)
      mount.options = try fields.bindOptions()
    case "volume":
      mount = Mount(kind: .volume, target: target)
      if let source = fields.source, !source.isEmpty { mount.source = source }
      mount.subpath = fields.subpath
      mount.driver = fields.driver
      if fields.noCopy { mount.noCopy = true }
      if !fields.driverOptions.isEmpty { mount.driverOptions = fields.driverOptions }
      if !fields.labels.isEmpty { mount.labels = fields.labels }
    case "tmpfs":
      guard (fields.source ?? "").isEmpty else {
        throw OptionError("invalid mount config for type \"tmpfs\": field Source must not be specified")
      }
      mount = Mount(kind: .tmpfs, target: target)
      if !fields.tmpfs.isEmpty { mount.options = fields.tmpfs }
    case "image", "npipe", "cluster":
      throw OptionError("mounts of type \(fields.type) are not supported; use type=bind, volume or tmpfs")
    default: throw OptionError("invalid mount type '\(fields.type)': must be bind, volume or tmpfs")
    }
    if let isReadOnly = fields.readOnly { mount.readOnly = isReadOnly }
    mount.origin = .mountFlag
    return mount
  }

  static func tmpfs(_ text: String) throws(OptionError) -> Mount {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts[0].hasPrefix("/") else {
      throw OptionError("invalid tmpfs mount '\(text)': the path must be absolute")
    }
    var mount = Mount(kind: .tmpfs, target: parts[0])
    if parts.count == 2 {
      var options = parts[1].split(separator: ",").map(String.init)
      if options.contains("ro") { mount.readOnly = true }
      options.removeAll { $0 == "ro" || $0 == "rw" }
      if !options.isEmpty { mount.options = options }
    }
    return mount
  }
}
