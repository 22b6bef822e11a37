import WherryWire

/// `-v [HOST:|NAME:]CONTAINER[:OPTIONS]`.
enum VolumeOption {
  /// Modes that speak of how a bind mount propagates (mount_namespaces(7)).
  static let propagations: Set<String> = ["shared", "rshared", "slave", "rslave", "private", "rprivate"]
  /// Docker Desktop's hints, without a meaning here.
  private static let hints: Set<String> = ["consistent", "cached", "delegated"]
  private static let modes: Set<String> = ["ro", "rw", "z", "Z", "nocopy"]

  static func parse(_ text: String, workingDirectory: String) throws(OptionError) -> Mount {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard (1...3).contains(parts.count), !parts.contains("") else { throw invalid(text) }
    // A folder of the container and a mode: a volume without a name takes none.
    if parts.count == 2, parts[0].hasPrefix("/"), isMode(parts[1]) { throw invalid(text) }
    let target = parts.count == 1 ? parts[0] : parts[1]
    guard target.hasPrefix("/") else {
      throw invalid(text, "invalid mount path: '\(target)' mount path must be absolute")
    }
    guard target.contains(where: { $0 != "/" }) else {
      throw invalid(text, "invalid specification: destination can't be '/'")
    }
    guard parts.count > 1 else { return Mount(kind: .volume, target: target) }
    let path = hostPath(parts[0], workingDirectory: workingDirectory)
    var mount = Mount(kind: path == nil ? .volume : .bind, source: path ?? parts[0], target: target)
    var options: [String] = []
    for mode in parts.count == 3 ? parts[2].split(separator: ",").map(String.init) : [] {
      switch mode {
      case "ro": mount.readOnly = true
      case "nocopy" where mount.kind == .volume: mount.noCopy = true
      case "rw", "z", "Z", "nocopy": break
      case _ where propagations.contains(mode) && mount.kind == .bind: options.append(mode)
      case _ where hints.contains(mode): break
      case _ where mode == "idmap" || mode.hasPrefix("idmap="):
        throw invalid(text, "idmap is not supported: runc 1.1 of Debian 12 has no such mounts")
      default: throw invalid(text, "invalid mode: \(mode)")
      }
    }
    if !options.isEmpty { mount.options = options }
    return mount
  }

  private static func isMode(_ text: String) -> Bool {
    text.split(separator: ",").map(String.init).allSatisfy {
      modes.contains($0) || propagations.contains($0) || hints.contains($0)
    }
  }

  private static func invalid(_ text: String, _ reason: String? = nil) -> OptionError {
    OptionError("invalid volume specification: '\(text)'\(reason.map { ": \($0)" } ?? "")")
  }

  /// A folder of the host; nil where the words name a volume. As Docker's, a relative one must begin with a dot.
  static func hostPath(_ text: String, workingDirectory: String) -> String? {
    if text.hasPrefix("/") { return text }
    guard text == "." || text == ".." || text.hasPrefix("./") || text.hasPrefix("../") else { return nil }
    return workingDirectory == "/" ? "/\(text)" : "\(workingDirectory)/\(text)"
  }
}
