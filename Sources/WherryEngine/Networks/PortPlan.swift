package import WherryModel
package import WherryWire

/// Which ports of the device a start takes. Pure but for the questions it asks.
package struct PortPlan {
  /// Who has a port already, in words; nil where it is free.
  var owner: (PortForward) throws(WherryError) -> String?
  /// Where free ports are looked for, as Docker does.
  var ephemeral: ClosedRange<UInt16> = 49153...65535

  /// Where ports are published that name no address; every address of the container's families where nil.
  var publishAddress: IPAddress?

  package init(
    publishAddress: IPAddress? = nil, owner: @escaping (PortForward) throws(WherryError) -> String?
  ) {
    self.publishAddress = publishAddress
    self.owner = owner
  }

  /// All that `spec` publishes, given the families its container has addresses of. Throws `conflict` naming who has a
  /// port that was asked for.
  package func forwards(of spec: ContainerSpec, ipv4: Bool, ipv6: Bool) throws(WherryError) -> [PortForward] {
    var mappings = spec.ports ?? []
    if spec.publishAll ?? false {
      let published = Set(mappings.map { "\($0.containerPort)/\($0.protocol)" })
      for text in spec.exposed ?? [] {
        let port = try ExposedPort(text)
        guard !published.contains(port.description) else { continue }
        mappings.append(PortMapping(containerPort: UInt64(port.port), protocol: port.transport.rawValue))
      }
    }
    var result: [PortForward] = []
    for mapping in mappings { result += try forwards(mapping, ipv4: ipv4, ipv6: ipv6, taken: result) }
    return result
  }

  private func forwards(
    _ mapping: PortMapping, ipv4: Bool, ipv6: Bool, taken: [PortForward]
  ) throws(WherryError) -> [PortForward] {
    let port = try ExposedPort("\(mapping.containerPort)/\(mapping.protocol)")
    let addresses = try hostAddresses(mapping, ipv4: ipv4, ipv6: ipv6)
    guard !addresses.isEmpty else { return [] }
    let wanted = UInt16(exactly: mapping.hostPort ?? 0) ?? 0
    let last = mapping.hostPortEnd.flatMap { UInt16(exactly: $0) } ?? wanted
    let candidates = wanted == 0 ? ephemeral : wanted...max(wanted, last)
    var refusal = WherryError(.resourceExhausted, "no port of the device is free")
    for hostPort in candidates {
      let forwards = addresses.map {
        PortForward(transport: port.transport, hostAddress: $0, hostPort: hostPort, containerPort: port.port)
      }
      guard let (forward, owner) = try firstOwned(forwards, taken) else { return forwards }
      guard wanted != 0 else { continue }
      let address = forward.hostAddress.isIPv6 ? "[\(forward.hostAddress)]" : "\(forward.hostAddress)"
      refusal = WherryError(
        .conflict, "Bind for \(address):\(hostPort) failed: port is already allocated to \(owner)",
        hint: "publish another port, or stop what has this one")
    }
    throw refusal
  }

  private func hostAddresses(
    _ mapping: PortMapping, ipv4: Bool, ipv6: Bool
  ) throws(WherryError) -> [IPAddress] {
    let address: IPAddress
    if let text = mapping.hostAddress {
      guard let given = IPAddress(text) else { throw SpecValidation.invalid("--publish: no address") }
      address = given
    } else if let publishAddress {
      address = publishAddress
    } else {
      return (ipv4 ? [IPAddress.anyIPv4] : []) + (ipv6 ? [IPAddress.anyIPv6] : [])
    }
    guard address.isIPv6 ? ipv6 : ipv4 else {
      throw WherryError(
        .failedPrecondition,
        "--publish \(address): the container has no \(address.isIPv6 ? "IPv6" : "IPv4") address",
        hint: "connect it to a network that has such a subnet, or publish on another address")
    }
    return [address]
  }

  private func firstOwned(
    _ forwards: [PortForward], _ taken: [PortForward]
  ) throws(WherryError) -> (PortForward, String)? {
    for forward in forwards {
      if taken.contains(where: { $0.conflicts(with: forward) }) { return (forward, "this container") }
      if let owner = try owner(forward) { return (forward, owner) }
    }
    return nil
  }
}
