import WherryLinux
import WherryModel
import WherryOCI
import WherryWire

/// Nodes of the device's that a container is given, and the rules that let it use them.
struct DeviceGrant: Sendable {
  var devices: [RuntimeSpec.Device] = []
  var rules: [RuntimeSpec.DeviceRule] = []
  /// Of CDI devices.
  var edits: [CDISpec.Edits] = []

  /// Looks at the nodes; blocks. Throws `notFound` for one that is not there.
  init(_ spec: ContainerSpec) throws(WherryError) {
    for wanted in spec.devices ?? [] {
      let access = wanted.access ?? "rwm"
      for node in try Self.nodes(wanted.path, as: wanted.target ?? wanted.path) { add(node, access) }
    }
    edits = try CDIRegistry.edits(for: spec.deviceNames ?? [])
    for node in edits.flatMap({ $0.deviceNodes ?? [] }) {
      for var device in try Self.nodes(node.hostPath ?? node.path, as: node.path) {
        device.fileMode = node.fileMode ?? device.fileMode
        device.uid = node.uid ?? device.uid
        device.gid = node.gid ?? device.gid
        add(device, node.permissions ?? "rwm")
      }
    }
    for text in spec.deviceRules ?? [] { rules.append(try DeviceValidation.rule(text)) }
  }

  private mutating func add(_ device: RuntimeSpec.Device, _ access: String) {
    devices.removeAll { $0.path == device.path }
    devices.append(device)
    rules.append(
      .init(allow: true, type: device.type, major: device.major, minor: device.minor, access: access))
  }

  /// The node, or those in a folder.
  private static func nodes(_ path: String, as target: String) throws(WherryError) -> [RuntimeSpec.Device] {
    let name = Printable.text(path)
    let status = try WherryError.converting("--device \(name)") { () throws(SystemError) in
      try Files.statusIfPresent(path, following: true)
    }
    switch status?.kind {
    case .characterDevice, .blockDevice:
      return [status.map { HostDevices.device($0, path: target) }].compactMap(\.self)
    case .directory:
      let nodes = try WherryError.converting("--device \(name)") { () throws(SystemError) in
        try HostDevices.list(path, as: target)
      }
      guard !nodes.isEmpty else {
        throw WherryError(.notFound, "--device \(name): no device is in that folder", hint: "ls -l \(name)")
      }
      return nodes
    case nil:
      throw WherryError(
        .notFound, "--device \(name): there is no such device",
        hint: "plug it in, load its driver, or give --device-wait 30 to wait for it for 30 seconds")
    default:
      throw WherryError(
        .invalidArgument, "--device \(name): it is no device node", hint: "use --volume for files")
    }
  }
}
