import Synchronization
import WherryLinux
import WherryModel
import WherryWire

extension Networks {
  /// What a container that is about to be created is connected to, by the networks' own names.
  func resolve(_ spec: ContainerSpec) async throws -> [NetworkAttachment] {
    switch try NetworkChoice(spec.networks ?? []) {
    case .none: return [NetworkAttachment(name: "none")]
    case .host: return [NetworkAttachment(name: "host")]
    case .container(let reference):
      return [NetworkAttachment(name: "container:\(try table.find(reference).id)")]
    case .networks(let attachments):
      var resolved: [NetworkAttachment] = []
      for var attachment in attachments {
        // Docker's other name for it.
        if attachment.name == "default" { attachment.name = NetworkDefinition.defaultName }
        if attachment.name == NetworkDefinition.defaultName { try await ensureDefault() }
        attachment.name = try find(attachment.name).name
        resolved.append(attachment)
      }
      guard Set(resolved.map(\.name)).count == resolved.count else {
        throw SpecValidation.invalid("--network: a network is named twice")
      }
      return resolved
    }
  }

  /// Addresses for `id` on each network; nobody else gets them until `release`. All or none.
  func lease(_ attachments: [NetworkAttachment], for id: ContainerID) throws(WherryError) -> [EndpointRecord]
  {
    var endpoints: [EndpointRecord] = []
    do {
      for attachment in attachments { endpoints.append(try lease(attachment, for: id)) }
    } catch {
      release(endpoints)
      throw error
    }
    return endpoints
  }

  private func lease(_ attachment: NetworkAttachment, for id: ContainerID) throws(WherryError)
    -> EndpointRecord
  {
    try state.withLock { state throws(WherryError) in
      guard let network = state.definitions[attachment.name] else {
        throw WherryError(.notFound, "network \(Printable.text(attachment.name)) not found")
      }
      var taken = state.leases[network.id] ?? [:]
      var addresses: [IPAddress] = []
      for (ipv6, wanted) in [(false, attachment.ipv4), (true, attachment.ipv6)] {
        let address = try Self.address(network, ipv6: ipv6, wanted: wanted, taken: taken) { taken in
          self.table.entry(taken)?.record.name ?? taken.short
        }
        if let address {
          taken[address] = id
          addresses.append(address)
        }
      }
      state.leases[network.id] = taken
      var generator = SystemRandomNumberGenerator()
      let mac =
        attachment.mac.flatMap { MACAddress($0) } ?? addresses.first.map { .derived(from: $0) }
        ?? .random(using: &generator)
      return EndpointRecord(
        network: network.name, networkID: network.id, mac: mac.description,
        ipv4: addresses.first { !$0.isIPv6 }?.description, ipv6: addresses.first { $0.isIPv6 }?.description,
        aliases: attachment.aliases)
    }
  }

  private static func address(
    _ network: NetworkDefinition, ipv6: Bool, wanted: String?, taken: [IPAddress: ContainerID],
    name: (ContainerID) -> String
  ) throws(WherryError) -> IPAddress? {
    let flag = ipv6 ? "--ip6" : "--ip"
    guard let subnet = network.subnet(ipv6: ipv6) else {
      guard let wanted else { return nil }
      throw SpecValidation.invalid(
        "\(flag): network \(network.name) has no subnet that holds \(Printable.text(wanted))")
    }
    guard let wanted else {
      return try AddressPool.address(in: subnet, network: network.name) { taken[$0] != nil }
    }
    guard let address = IPAddress(wanted), subnet.prefix.isUsable(address), address != subnet.gateway else {
      throw SpecValidation.invalid(
        "\(flag): \(Printable.text(wanted)) cannot be a container's on network \(network.name)",
        hint: "give a free address of \(subnet.prefix), not the gateway's")
    }
    if let owner = taken[address] {
      throw WherryError(
        .conflict, "\(flag): address \(address) is in use by container \(name(owner))",
        hint: "give another, or remove that container")
    }
    return address
  }

  func release(_ endpoints: [EndpointRecord]) {
    state.withLock { state in
      for endpoint in endpoints {
        for address in endpoint.addresses { state.leases[endpoint.networkID]?[address] = nil }
      }
    }
  }

  func release(_ id: ContainerID) {
    state.withLock { state in
      for (network, leases) in state.leases {
        state.leases[network] = leases.filter { $0.value != id }
      }
    }
  }
}
