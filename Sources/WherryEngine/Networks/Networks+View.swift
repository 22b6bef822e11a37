import Synchronization
import WherryLinux
package import WherryModel
package import WherryWire

extension Networks {
  package struct Member: Sendable {
    package var id: ContainerID
    package var name: String
    package var endpoint: EndpointPlan
  }

  /// What `info` says of networks.
  package struct Facts: Sendable {
    package static let maximumPublished = 1024

    package var publishAddresses: [IPAddress]
    package var table: String
    /// Interface by the network's name, of those in use.
    package var bridges: [String: String]
    package var published: [(container: String, binding: PortBinding)]
  }

  package var facts: Facts {
    let sandboxes = state.withLock { Array($0.sandboxes.values) }
    let used = sandboxes.flatMap { $0.endpoints.map(\.network) }.filter { $0.driver == .bridge }
    let published = sandboxes.flatMap { sandbox in
      sandbox.forwards.map { (table.entry(sandbox.id)?.record.name ?? sandbox.id.short, $0.wire) }
    }
    return Facts(
      publishAddresses: settings.publishAddress.map { [$0] } ?? [.anyIPv4, .anyIPv6], table: driver.table,
      bridges: Dictionary(
        used.map { ($0.name, driver.bridge(of: $0)) }, uniquingKeysWith: { first, _ in first }),
      published: Array(
        published.sorted { ($0.1.hostPort ?? 0, $0.0) < ($1.1.hostPort ?? 0, $1.0) }.prefix(
          Facts.maximumPublished)))
  }

  /// What of the device's keeps containers' traffic from passing, each with its remedy. Nothing is asked for where no
  /// network is in use.
  package func obstacles() async throws -> [String] {
    guard state.withLock({ !$0.sandboxes.isEmpty }) else { return [] }
    return try await allObstacles()
  }

  /// As `obstacles`, whether a network is in use or not.
  package func allObstacles() async throws -> [String] {
    let driver = driver
    // Listing what others have made is for the device's own lane: libnftables is not for two threads.
    return try await lane.run {
      try await self.pool.run { () throws(WherryError) in try driver.obstacles() }
    }
  }

  /// By name.
  package func running(on network: NetworkDefinition) -> [Member] {
    state.withLock { Array($0.sandboxes.values) }.flatMap { sandbox in
      sandbox.endpoints.filter { $0.network.id == network.id }.map {
        Member(id: sandbox.id, name: table.entry(sandbox.id)?.record.name ?? sandbox.id.short, endpoint: $0)
      }
    }.sorted { $0.name < $1.name }
  }

  /// Containers that have one of these ports of the device.
  func holders(of ports: Set<UInt64>) -> [ContainerID] {
    state.withLock { state in
      state.sandboxes.values.filter { $0.forwards.contains { ports.contains(UInt64($0.hostPort)) } }.map(\.id)
    }
  }

  /// Where the network namespace of a container is pinned; nil where it is not.
  package func namespace(of id: ContainerID) -> String? { isSetUp(id) ? driver.namespace(of: id) : nil }

  /// Published ports, then those that are only exposed; nil where there is none, or no network.
  package func ports(of record: ContainerRecord, _ id: ContainerID) -> [PortBinding]? {
    guard let sandbox = sandbox(of: id) else { return nil }
    var bindings = sandbox.forwards.map(\.wire)
    let published = Set(bindings.map { "\($0.containerPort)/\($0.protocol)" })
    for text in record.spec.exposed ?? [] where !published.contains(text) {
      do {
        let port = try ExposedPort(text)
        bindings.append(PortBinding(containerPort: UInt64(port.port), protocol: port.transport.rawValue))
      } catch { continue }
    }
    return bindings.isEmpty ? nil : bindings
  }
}
