import WherryWire

/// `--mount type=bind|tmpfs,…` and `--tmpfs PATH[:OPTIONS]`.
enum MountOption {
  static func parse(_ text: String) throws(OptionError) -> Mount {
    var fields: [String: String] = [:]
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let key = canonical(pair[0].lowercased())
      guard pair.count == 2 || key == "readonly" else {
        throw OptionError("invalid field '\(part)' must be a key=value pair")
      }
      fields[key] = pair.count == 2 ? pair[1] : "true"
    }
    let kind = fields.removeValue(forKey: "type") ?? "volume"
    guard let target = fields.removeValue(forKey: "target"), target.hasPrefix("/") else {
      throw OptionError("target is required and must be an absolute path")
    }
    var mount: Mount
    var options: [String] = []
    switch kind {
    case "bind":
      guard let source = fields.removeValue(forKey: "source"), source.hasPrefix("/") else {
        throw OptionError("invalid mount config for type \"bind\": source must be an absolute path")
      }
      mount = Mount(kind: .bind, target: target)
      mount.source = source
      if let propagation = fields.removeValue(forKey: "bind-propagation") {
        guard VolumeOption.propagations.contains(propagation) else {
          throw OptionError("invalid value for bind-propagation: \(propagation)")
        }
        options.append(propagation)
      }
    case "tmpfs":
      mount = Mount(kind: .tmpfs, target: target)
      if let size = fields.removeValue(forKey: "tmpfs-size") {
        options.append("size=\(try MemorySize.parse(size))")
      }
      if let mode = fields.removeValue(forKey: "tmpfs-mode") {
        guard UInt16(mode, radix: 8) != nil else {
          throw OptionError("invalid value for tmpfs-mode: \(mode)")
        }
        options.append("mode=\(mode)")
      }
    case "volume", "image", "npipe", "cluster":
      throw OptionError("mounts of type \(kind) come in a later release; use type=bind or type=tmpfs")
    default: throw OptionError("mount type must be bind or tmpfs, not '\(kind)'")
    }
    if let flag = fields.removeValue(forKey: "readonly") {
      guard let isReadOnly = ["true": true, "1": true, "false": false, "0": false][flag] else {
        throw OptionError("invalid value for readonly: \(flag)")
      }
      mount.readOnly = isReadOnly
    }
    if let unknown = fields.keys.min() { throw OptionError("unexpected key '\(unknown)' in '\(text)'") }
    if !options.isEmpty { mount.options = options }
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

  private static func canonical(_ key: String) -> String {
    switch key {
    case "src": "source"
    case "dst", "destination": "target"
    case "ro": "readonly"
    default: key
    }
  }
}
