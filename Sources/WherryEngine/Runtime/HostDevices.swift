package import WherryLinux
package import WherryOCI

/// The device's own nodes, for privileged containers. Blocks.
package enum HostDevices {
  /// As Docker walks /dev: what a container has of its own is left out.
  private static let skipped: Set<String> = [
    "pts", "shm", "fd", "mqueue", "console", ".udev", ".lxc", "ptmx",
  ]

  /// The nodes below `folder`, as if it were `name`.
  package static func list(
    _ folder: String = "/dev", as name: String = "/dev"
  ) throws(SystemError) -> [RuntimeSpec.Device] {
    var devices: [RuntimeSpec.Device] = []
    try walk(folder, as: name, depth: 0, &devices)
    return devices
  }

  /// A node like that of `status`.
  static func device(_ status: FileStatus, path: String) -> RuntimeSpec.Device {
    let number = status.representedDevice
    return .init(
      type: status.kind == .blockDevice ? "b" : "c", path: path,
      major: Int64(clamping: DeviceNumber.major(number)), minor: Int64(clamping: DeviceNumber.minor(number)),
      fileMode: status.permissions & 0o777, uid: status.userID, gid: status.groupID)
  }

  private static func walk(
    _ folder: String, as name: String, depth: Int, _ devices: inout [RuntimeSpec.Device]
  ) throws(SystemError) {
    guard depth < 8, devices.count < 4096 else { return }
    for entry in try Files.list(folder) where !skipped.contains(entry) {
      guard let status = try Files.statusIfPresent("\(folder)/\(entry)") else { continue }
      let path = "\(name)/\(entry)"
      switch status.kind {
      case .directory: try walk("\(folder)/\(entry)", as: path, depth: depth + 1, &devices)
      case .characterDevice, .blockDevice:
        devices.append(device(status, path: path))
      default: continue
      }
    }
  }
}
