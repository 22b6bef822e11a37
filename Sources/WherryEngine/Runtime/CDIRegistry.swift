import WherryLinux
import WherryModel
import WherryOCI

/// The device's CDI specifications: `*.json` in /etc/cdi and /var/run/cdi, of which the second wins. Blocks.
enum CDIRegistry {
  static let folders = ["/etc/cdi", "/var/run/cdi"]
  static let maximumFiles = 256

  /// What a container needs for the devices `names` (`VENDOR/CLASS=NAME`), in their order.
  static func edits(for names: [String], in folders: [String] = folders) throws(WherryError) -> [CDISpec
    .Edits]
  {
    if names.isEmpty { return [] }
    var specs: [CDISpec] = []
    var unread: [String] = []
    for folder in folders.reversed() {
      let found = try WherryError.converting("CDI specifications in \(folder)") { () throws(SystemError) in
        try Files.exists(folder) ? try Files.list(folder).sorted() : []
      }
      guard !found.isEmpty else { continue }
      try requireOwnedByRoot(folder, .directory)
      for name in found.prefix(maximumFiles) {
        let path = "\(folder)/\(name)"
        if name.hasSuffix(".yaml") || name.hasSuffix(".yml") { unread.append(path) }
        guard name.hasSuffix(".json") else { continue }
        try requireOwnedByRoot(path, .regular)
        let json = try WherryError.converting("CDI specification \(path)") { () throws(SystemError) in
          try Files.read(path, maximum: CDISpec.maximumSize)
        }
        specs.append(try CDISpec.read(json, file: path))
      }
    }
    var edits: [CDISpec.Edits] = []
    var general: Set<String> = []
    for name in names {
      let parts = name.split(separator: "=", maxSplits: 1).map(String.init)
      let spec = specs.first { spec in
        spec.kind == parts.first && spec.devices.contains { $0.name == parts.last }
      }
      guard let spec, let device = spec.devices.first(where: { $0.name == parts.last }) else {
        throw unknown(name, unread)
      }
      if let common = spec.containerEdits, general.insert(spec.kind).inserted { edits.append(common) }
      edits.append(device.containerEdits)
    }
    return edits
  }

  private static func unknown(_ name: String, _ unread: [String]) -> WherryError {
    if let file = unread.first {
      return WherryError(
        .notFound,
        "--device \(Printable.text(name)): no JSON specification has it, and \(file) is YAML, which is not read",
        hint:
          "write it as JSON: nvidia-ctk cdi generate --format=json --output=\(file.prefix { $0 != "." }).json"
      )
    }
    return WherryError(
      .notFound, "--device \(Printable.text(name)): no CDI specification has such a device",
      hint:
        "its vendor's tool writes one to /etc/cdi or /var/run/cdi, for example nvidia-ctk cdi generate --format=json"
    )
  }

  /// What a specification says is done as root: nobody else may write it.
  private static func requireOwnedByRoot(_ path: String, _ kind: FileStatus.Kind) throws(WherryError) {
    let status = try WherryError.converting("CDI specifications in \(path)") { () throws(SystemError) in
      try Files.status(path)
    }
    guard status.kind == kind, status.userID == 0, status.permissions & 0o022 == 0 else {
      throw WherryError(
        .permissionDenied,
        "\(path) can be written by others than root, or is no \(kind == .regular ? "file" : "folder"): it is not used",
        hint: "chown root:root \(path); chmod go-w \(path)")
    }
  }
}
