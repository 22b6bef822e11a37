import WherryWire

extension ContainerSpecBuilder {
  /// Networks, ports and names.
  func addNetwork(to spec: inout ContainerSpec) throws {
    var attachments = try options.network.map { text in
      try value("network", text) { () throws(OptionError) in try NetworkOption.parse(text) }
    }
    // The flags without a network's name are about the first one, or the default.
    let isAboutFirst =
      options.ip != nil || options.ip6 != nil || options.macAddress != nil || !options.networkAlias.isEmpty
    if isAboutFirst, attachments.isEmpty { attachments = [NetworkAttachment(name: "bridge")] }
    if isAboutFirst, !attachments.isEmpty {
      if let address = options.ip { attachments[0].ipv4 = address }
      if let address = options.ip6 { attachments[0].ipv6 = address }
      if let address = options.macAddress { attachments[0].mac = address }
      if !options.networkAlias.isEmpty {
        attachments[0].aliases = (attachments[0].aliases ?? []) + options.networkAlias
      }
    }
    if !attachments.isEmpty { spec.networks = attachments }
    let ports = try options.publish.flatMap { text in
      try value("publish", text) { () throws(OptionError) in try PublishOption.parse(text) }
    }
    if !ports.isEmpty { spec.ports = ports }
    let exposed = try options.expose.flatMap { text in
      try value("expose", text) { () throws(OptionError) in try PublishOption.expose(text) }
    }
    if !exposed.isEmpty { spec.exposed = exposed }
    if options.publishAll { spec.publishAll = true }
    if !options.dns.isEmpty { spec.dns = options.dns }
    if !options.dnsSearch.isEmpty { spec.dnsSearch = options.dnsSearch }
    if !options.dnsOption.isEmpty { spec.dnsOptions = options.dnsOption }
  }
}
