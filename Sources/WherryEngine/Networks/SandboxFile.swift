import WherryCBOR
import WherryLinux
import WherryModel
import WherryStore
import WherryWire

/// What is set up for a container, in the run directory.
struct SandboxFile {
  private static let maximum = 1 << 20

  var endpoints: [EndpointRecord]
  var forwards: [PortForward]

  static func write(_ run: RunDirectory, _ id: ContainerID, _ file: SandboxFile) throws(SystemError) {
    var writer = CBORWriter()
    SandboxRecord(ports: file.forwards.map(\.wire), endpoints: file.endpoints).encode(to: &writer)
    try Files.makeDirectories(run.networks)
    try Files.replace(run.network(id), writer.bytes)
  }

  /// Those that can be read; of one that cannot, what is known is that it is there.
  static func all(_ run: RunDirectory) throws(SystemError) -> [(id: ContainerID, file: SandboxFile)] {
    guard try Files.exists(run.networks) else { return [] }
    var found: [(id: ContainerID, file: SandboxFile)] = []
    for name in try Files.list(run.networks) {
      let id: ContainerID
      do { id = try ContainerID(name) } catch { continue }
      var file = SandboxFile(endpoints: [], forwards: [])
      if let bytes = try Files.readIfPresent(run.network(id), maximum: maximum) {
        do {
          var reader = CBORReader(bytes)
          let record = try SandboxRecord(from: &reader)
          file = SandboxFile(endpoints: record.endpoints, forwards: record.ports.compactMap(PortForward.init))
        } catch {}
      }
      found.append((id, file))
    }
    return found
  }
}

extension PortForward {
  init?(_ binding: PortBinding) {
    guard let transport = TransportProtocol(rawValue: binding.protocol),
      let address = binding.hostAddress.flatMap({ IPAddress($0) }),
      let hostPort = binding.hostPort.flatMap({ UInt16(exactly: $0) }),
      let containerPort = UInt16(exactly: binding.containerPort)
    else { return nil }
    self.init(transport: transport, hostAddress: address, hostPort: hostPort, containerPort: containerPort)
  }

  var wire: PortBinding {
    PortBinding(
      containerPort: UInt64(containerPort), protocol: transport.rawValue,
      hostAddress: hostAddress.description,
      hostPort: UInt64(hostPort))
  }
}
