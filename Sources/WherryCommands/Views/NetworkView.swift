import WherryWire

/// A network as `docker network inspect` and `docker network ls` print it.
enum NetworkView {
  static let standard = "{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}"
  static let headers: Value = [
    "CreatedAt": "CREATED AT", "Driver": "DRIVER", "ID": "NETWORK ID", "IPv6": "IPV6", "Internal": "INTERNAL",
    "Labels": "LABELS", "Name": "NAME", "Scope": "SCOPE",
  ]

  static func row(_ network: NetworkDetail, truncates: Bool, terminal: Bool) -> Value {
    let labels = network.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(
      separator: ",")
    return [
      "CreatedAt": .string(Calendar.local(network.created)),
      "Driver": .string(network.driver),
      "ID": .string(truncates ? String(network.id.prefix(12)) : network.id),
      "IPv6": .string("\(network.ipv6)"),
      "Internal": .string("\(network.internal)"),
      "Labels": .string(Sanitise.metadata(labels, terminal: terminal)),
      "Name": .string(Sanitise.metadata(network.name, terminal: terminal)),
      "Scope": "local",
    ]
  }

  static func value(_ network: NetworkDetail) -> Value {
    [
      "Name": .string(network.name),
      "Id": .string(network.id),
      "Created": .time(network.created),
      "Scope": "local",
      "Driver": .string(network.driver),
      "EnableIPv6": .bool(network.ipv6),
      "IPAM": [
        "Driver": "default", "Options": nil,
        "Config": .array(
          network.subnets.map { subnet in
            var value: Value = ["Subnet": .string(subnet.subnet)]
            if let range = subnet.range { value.append("IPRange", .string(range)) }
            if let gateway = subnet.gateway { value.append("Gateway", .string(gateway)) }
            return value
          }),
      ],
      "Internal": .bool(network.internal),
      "Attachable": false,
      "Ingress": false,
      "ConfigFrom": ["Network": ""],
      "ConfigOnly": false,
      "Containers": .object(
        network.members.map { member in
          .init(
            key: member.id,
            value: [
              "Name": .string(member.name), "EndpointID": .string(member.id),
              "MacAddress": .string(member.mac),
              "IPv4Address": .string(member.ipv4 ?? ""), "IPv6Address": .string(member.ipv6 ?? ""),
            ])
        }),
      "Options": .map(network.options),
      "Labels": .map(network.labels),
    ]
  }
}
