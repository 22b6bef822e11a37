package import WherryLinux
package import WherryModel

// How the network of containers is made.
//
// What should be is a value, `NetworkPlan`: the networks there are, and for each container that is connected a
// `SandboxPlan` with its endpoints (network, addresses, MAC, interfaces) and its forwards (ports of the device that
// lead to ports of the container). It follows from records alone: networks/NAME.cbor (subnets),
// containers/ID/record.cbor (the addresses a container keeps until it leaves its networks), and
// /run/wherry/networks/ID (which ports were taken for this run; there exactly while something is set up).
//
// `Networks` decides: names, leases, conflicts of ports, order. `NetworkDriver` (WherryNetwork) applies, in process:
//
//   connect(sandbox)      bridge if missing; namespace, pinned at /run/wherry/netns/ID by a thread that leaves its own
//                         network namespace and ends; veth pair, one end made in the namespace; addresses, routes.
//                         What is there already is left: the same call repairs what a killed daemon left half-made.
//   disconnect(sandbox)   links by their names, which follow from the IDs, then the pin.
//   apply(plan)           one nftables transaction replaces the engine's own table by what the plan says, so that a
//                         flushed or half-written one is whole again after the next change of any container; bridges
//                         that nobody uses go; aardvark-dns gets its files and is started, told or left to end.
//
// Order: sandbox file, connect, apply; and back disconnect, apply, file removed. Whatever moment a daemon is killed
// at, the file names what may be there, and the next daemon takes down what no running container has.
// Nothing stays resident: the kernel keeps the rules, and the pin keeps the namespace through restarts.
//
// Rules, all in table `inet wherry`: destination NAT for published ports in prerouting and output (the device
// itself), masquerading of what leaves a subnet, of what comes back into the same subnet (hairpin) and of what the
// device sends from 127.0.0.1; forward: established, published and outgoing traffic passes, between networks and into
// them it does not; 127.0.0.0/8 from a bridge is dropped before all else, since route_localnet is on there.

/// All that should be on the device.
package struct NetworkPlan: Sendable, Equatable {
  package var networks: [NetworkDefinition]
  package var sandboxes: [SandboxPlan]
  /// The device's name servers, which the name service asks for containers that have none of their own.
  package var servers: [IPAddress]

  package init(networks: [NetworkDefinition], sandboxes: [SandboxPlan], servers: [IPAddress] = []) {
    self.networks = networks
    self.sandboxes = sandboxes
    self.servers = servers
  }

  package func isUsed(_ network: NetworkDefinition) -> Bool {
    sandboxes.contains { $0.endpoints.contains { $0.network.id == network.id } }
  }
}

/// One container's network namespace and what leads into it.
package struct SandboxPlan: Sendable, Equatable {
  package var id: ContainerID
  package var endpoints: [EndpointPlan]
  package var forwards: [PortForward]
  /// Where the namespace is to belong to a user namespace of the container's: what its users are on the device.
  package var users: IDMap?
  /// Where the name service sends on what it does not know; the plan's servers where there are none.
  package var servers: [IPAddress]

  package init(
    id: ContainerID, endpoints: [EndpointPlan], forwards: [PortForward] = [], servers: [IPAddress] = []
  ) {
    self.id = id
    self.endpoints = endpoints
    self.forwards = forwards
    self.servers = servers
  }

  /// The address a forward of that family leads to; of the first network that has one and is not cut off.
  package func target(ipv6: Bool) -> IPAddress? {
    let open = endpoints.filter { $0.network.driver == .bridge && !$0.network.isInternal }
    return open.lazy.compactMap { $0.address(ipv6: ipv6) }.first
  }

  /// The network the default route of that family leads over.
  package func gatewayEndpoint(ipv6: Bool) -> EndpointPlan? {
    endpoints.first { !$0.network.isInternal && $0.address(ipv6: ipv6) != nil }
  }
}

package struct EndpointPlan: Sendable, Equatable {
  package var network: NetworkDefinition
  package var mac: MACAddress
  package var addresses: [IPAddress]
  /// What other containers find it by.
  package var names: [String]
  /// In the container.
  package var interface: String

  package init(
    network: NetworkDefinition, mac: MACAddress, addresses: [IPAddress], names: [String], interface: String
  ) {
    self.network = network
    self.mac = mac
    self.addresses = addresses
    self.names = names
    self.interface = interface
  }

  package func address(ipv6: Bool) -> IPAddress? { addresses.first { $0.isIPv6 == ipv6 } }
}

/// A port of the device that leads to one of a container.
package struct PortForward: Sendable, Hashable {
  package enum TransportProtocol: String, Sendable, CaseIterable {
    case tcp
    case udp
    case sctp
  }

  package var transport: TransportProtocol
  /// Unspecified is every address of that family.
  package var hostAddress: IPAddress
  package var hostPort: UInt16
  package var containerPort: UInt16

  package init(
    transport: TransportProtocol, hostAddress: IPAddress, hostPort: UInt16, containerPort: UInt16
  ) {
    self.transport = transport
    self.hostAddress = hostAddress
    self.hostPort = hostPort
    self.containerPort = containerPort
  }

  /// Whether both cannot be.
  package func conflicts(with other: PortForward) -> Bool {
    transport == other.transport && hostPort == other.hostPort
      && hostAddress.isIPv6 == other.hostAddress.isIPv6
      && (hostAddress == other.hostAddress || hostAddress.isUnspecified || other.hostAddress.isUnspecified)
  }
}
