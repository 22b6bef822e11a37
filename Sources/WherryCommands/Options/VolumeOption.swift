import WherryWire

/// `-v HOST:CONTAINER[:OPTIONS]`.
enum VolumeOption {
  /// Modes that speak of how a bind mount propagates (mount_namespaces(7)).
  static let propagations: Set<String> = ["shared", "rshared", "slave", "rslave", "private", "rprivate"]
  /// Docker Desktop's hints, without a meaning here.
  private static let hints: Set<String> = ["consistent", "cached", "delegated"]

  static func parse(_ text: String, workingDirectory: String) throws(OptionError) -> Mount {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard (1...3).contains(parts.count), !parts.contains("") else {
      throw OptionError("invalid volume specification: '\(text)'")
    }
    guard parts.count >= 2 else {
      throw OptionError(
        "invalid volume specification: '\(text)': volumes come in a later release; bind a folder with HOST:CONTAINER"
      )
    }
    guard parts[1].hasPrefix("/") else {
      throw OptionError(
        "invalid volume specification: '\(text)': invalid mount path: '\(parts[1])' mount path must be absolute"
      )
    }
    guard parts[1].contains(where: { $0 != "/" }) else {
      throw OptionError(
        "invalid volume specification: '\(text)': invalid specification: destination can't be '/'")
    }
    let source = try hostPath(parts[0], workingDirectory: workingDirectory)
    var mount = Mount(kind: .bind, target: parts[1])
    mount.source = source
    var options: [String] = []
    for mode in parts.count == 3 ? parts[2].split(separator: ",").map(String.init) : [] {
      switch mode {
      case "ro": mount.readOnly = true
      case "rw", "z", "Z", "nocopy": break
      case _ where propagations.contains(mode): options.append(mode)
      case _ where hints.contains(mode): break
      default: throw OptionError("invalid volume specification: '\(text)': invalid mode: \(mode)")
      }
    }
    if !options.isEmpty { mount.options = options }
    return mount
  }

  /// A folder of the host. As Docker's, a relative one must begin with a dot: other words name volumes.
  static func hostPath(_ text: String, workingDirectory: String) throws(OptionError) -> String {
    if text.hasPrefix("/") { return text }
    guard text == "." || text == ".." || text.hasPrefix("./") || text.hasPrefix("../") else {
      throw OptionError("\(text): named volumes come in a later release; bind a folder by its absolute path")
    }
    return workingDirectory == "/" ? "/\(text)" : "\(workingDirectory)/\(text)"
  }
}
