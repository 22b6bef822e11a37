import WherryWire

/// The `NetworkSettings` of an inspected container.
enum ContainerNetworkView {
  static func settings(_ detail: ContainerDetail) -> Value {
    let endpoints = detail.endpoints ?? []
    let names = (detail.spec.networks ?? []).map(\.name).filter { !$0.hasPrefix("container:") }
    let primary = endpoints.first { $0.network == "bridge" }
    return [
      "Bridge": "",
      "SandboxID": .string(detail.networkNamespace == nil ? "" : detail.id),
      "SandboxKey": .string(detail.networkNamespace ?? ""),
      "Ports": PortsView.map(detail.ports ?? []),
      "Gateway": .string(primary?.ipv4Gateway ?? ""),
      "GlobalIPv6Address": .string(primary?.ipv6 ?? ""),
      "GlobalIPv6PrefixLen": .unsigned(primary?.ipv6 == nil ? 0 : primary?.ipv6PrefixLength),
      "IPAddress": .string(primary?.ipv4 ?? ""),
      "IPPrefixLen": .unsigned(primary?.ipv4PrefixLength),
      "IPv6Gateway": .string(primary?.ipv6Gateway ?? ""),
      "MacAddress": .string(primary?.mac ?? ""),
      "Networks": .object(
        names.map { name in
          .init(
            key: name,
            value: network(
              endpoints.first { $0.network == name }, detail.spec.networks?.first { $0.name == name }, detail)
          )
        }),
    ]
  }

  private static func network(
    _ endpoint: ContainerEndpoint?, _ asked: NetworkAttachment?, _ detail: ContainerDetail
  ) -> Value {
    let wants = asked?.ipv4 != nil || asked?.ipv6 != nil
    return [
      "IPAMConfig": wants
        ? ["IPv4Address": .string(asked?.ipv4 ?? ""), "IPv6Address": .string(asked?.ipv6 ?? "")] : nil,
      "Links": nil,
      "Aliases": .stringsOrNull(endpoint?.aliases ?? asked?.aliases),
      "MacAddress": .string(endpoint?.mac ?? ""),
      "NetworkID": .string(endpoint?.networkID ?? ""),
      "EndpointID": .string(endpoint == nil ? "" : detail.id),
      "Gateway": .string(endpoint?.ipv4Gateway ?? ""),
      "IPAddress": .string(endpoint?.ipv4 ?? ""),
      "IPPrefixLen": .unsigned(endpoint?.ipv4 == nil ? 0 : endpoint?.ipv4PrefixLength),
      "IPv6Gateway": .string(endpoint?.ipv6 == nil ? "" : endpoint?.ipv6Gateway ?? ""),
      "GlobalIPv6Address": .string(endpoint?.ipv6 ?? ""),
      "GlobalIPv6PrefixLen": .unsigned(endpoint?.ipv6 == nil ? 0 : endpoint?.ipv6PrefixLength),
      "DNSNames": .stringsOrNull(endpoint?.aliases),
    ]
  }
}
