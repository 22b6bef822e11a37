import WherryEngine
import WherryModel
import WherryWire

extension Engine {
  func detail(of network: NetworkDefinition) -> NetworkDetail {
    NetworkDetail(
      id: network.id, name: network.name, driver: Networks.driverName(network), created: network.created,
      subnets: network.subnets.map(\.wire), internal: network.isInternal, ipv6: network.isIPv6,
      labels: network.labels, options: network.options,
      members: networks.running(on: network).map { member in
        NetworkMember(
          id: member.id.rawValue, name: member.name, mac: member.endpoint.mac.description,
          ipv4: member.endpoint.text(ipv6: false), ipv6: member.endpoint.text(ipv6: true))
      })
  }

  /// The endpoints of a container that runs; nil where it is connected to nothing.
  func endpoints(of id: ContainerID) -> [ContainerEndpoint]? {
    guard let sandbox = networks.sandbox(of: id) else { return nil }
    return sandbox.endpoints.map { endpoint in
      let (four, six) = (endpoint.network.subnet(ipv6: false), endpoint.network.subnet(ipv6: true))
      let gatewayless = endpoint.network.isInternal
      return ContainerEndpoint(
        network: endpoint.network.name, networkID: endpoint.network.id, mac: endpoint.mac.description,
        ipv4: endpoint.address(ipv6: false)?.description,
        ipv4PrefixLength: four.map { UInt64($0.prefix.length) },
        ipv4Gateway: gatewayless ? nil : four?.gateway.description,
        ipv6: endpoint.address(ipv6: true)?.description,
        ipv6PrefixLength: six.map { UInt64($0.prefix.length) },
        ipv6Gateway: gatewayless ? nil : six?.gateway.description,
        aliases: endpoint.network.isDefault ? nil : endpoint.names)
    }
  }

  /// Published ports, then those that are only exposed. Nil where the container is not connected, or has none.
  func ports(of record: ContainerRecord) -> [PortBinding]? {
    let id: ContainerID
    do { id = try ContainerID(record.id) } catch { return nil }
    return networks.ports(of: record, id)
  }
}

extension EndpointPlan {
  fileprivate func text(ipv6: Bool) -> String? {
    guard let address = address(ipv6: ipv6), let subnet = network.subnet(ipv6: ipv6) else { return nil }
    return "\(address)/\(subnet.prefix.length)"
  }
}
