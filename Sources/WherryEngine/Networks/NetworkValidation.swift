package import WherryModel
package import WherryWire

/// Refuses what cannot be asked of networks and ports, with the flag and the remedy.
package enum NetworkValidation {
  package static let maximumNetworks = 64
  package static let maximumPorts = 4096

  package static func validate(_ spec: ContainerSpec) throws(WherryError) {
    let attachments = spec.networks ?? []
    guard attachments.count <= maximumNetworks else {
      throw SpecValidation.invalid("--network: more than \(maximumNetworks) networks")
    }
    _ = try NetworkChoice(attachments)
    for attachment in attachments { try validate(attachment) }
    guard Set(attachments.map(\.name)).count == attachments.count else {
      throw SpecValidation.invalid("--network: a network is named twice")
    }
    guard (spec.ports ?? []).count <= maximumPorts, (spec.exposed ?? []).count <= maximumPorts else {
      throw SpecValidation.invalid("--publish: more than \(maximumPorts) ports", hint: "use --network host")
    }
    for port in spec.ports ?? [] { try validate(port) }
    for text in spec.exposed ?? [] { _ = try ExposedPort(text) }
    for text in spec.dns ?? [] where IPAddress(text) == nil {
      throw SpecValidation.invalid("--dns: \(Printable.text(text)) is not an IP address")
    }
    for text in (spec.dnsSearch ?? []) + (spec.dnsOptions ?? []) {
      guard (1...253).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
        throw SpecValidation.invalid("--dns-search, --dns-option: \(Printable.text(text).debugDescription)")
      }
    }
    guard (spec.dns ?? []).count + (spec.dnsSearch ?? []).count + (spec.dnsOptions ?? []).count <= 64 else {
      throw SpecValidation.invalid("--dns: more than 64 servers, domains and options")
    }
  }

  static func validate(_ attachment: NetworkAttachment) throws(WherryError) {
    let name = Printable.text(attachment.name)
    guard (1...255).contains(attachment.name.utf8.count) else {
      throw SpecValidation.invalid("--network: no name")
    }
    if let text = attachment.ipv4 {
      guard let address = IPAddress(text), !address.isIPv6 else {
        throw SpecValidation.invalid("--ip: \(Printable.text(text)) is not an IPv4 address")
      }
    }
    if let text = attachment.ipv6 {
      guard let address = IPAddress(text), address.isIPv6 else {
        throw SpecValidation.invalid("--ip6: \(Printable.text(text)) is not an IPv6 address")
      }
    }
    if let text = attachment.mac, MACAddress(text) == nil {
      throw SpecValidation.invalid(
        "--mac-address: \(Printable.text(text)) is no address", hint: "write 02:42:0a:57:00:02, for example")
    }
    guard (attachment.aliases ?? []).count <= 64 else {
      throw SpecValidation.invalid("--network-alias: more than 64 on network \(name)")
    }
    for alias in attachment.aliases ?? [] where !isHostName(alias) {
      throw SpecValidation.invalid(
        "--network-alias: \(Printable.text(alias).debugDescription) is no host name",
        hint: "letters, digits, hyphens and dots")
    }
    guard attachment.name == NetworkDefinition.defaultName else { return }
    if attachment.aliases?.isEmpty == false {
      throw SpecValidation.invalid(
        "--network-alias: network-scoped alias is supported only for containers in user defined networks",
        hint: "make one with: wherry network create")
    }
    if attachment.ipv4 != nil || attachment.ipv6 != nil {
      throw SpecValidation.invalid(
        "--ip: user specified IP address is supported on user defined networks only",
        hint: "make one with: wherry network create --subnet")
    }
  }

  static func isHostName(_ text: String) -> Bool {
    (1...253).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
          true
        default: false
        }
      }
  }

  private static func validate(_ port: PortMapping) throws(WherryError) {
    _ = try ExposedPort("\(port.containerPort)/\(port.protocol)")
    if let text = port.hostAddress, IPAddress(text) == nil {
      throw SpecValidation.invalid("--publish: \(Printable.text(text)) is not an IP address")
    }
    let first = port.hostPort ?? 0
    guard first <= 65535, port.hostPortEnd.map({ $0 <= 65535 && $0 >= first }) ?? true else {
      throw SpecValidation.invalid("--publish: \(first) is no port", hint: "give 1 to 65535")
    }
  }
}

/// `PORT/PROTOCOL`; tcp where it is left out.
package struct ExposedPort: Hashable, Sendable, CustomStringConvertible {
  package var port: UInt16
  package var transport: PortForward.TransportProtocol

  package init(_ text: String) throws(WherryError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let port = UInt16(parts[0]), port > 0,
      let transport = PortForward.TransportProtocol(
        rawValue: parts.count == 2 ? parts[1].lowercased() : "tcp")
    else {
      throw SpecValidation.invalid(
        "\(Printable.text(text).debugDescription) is no port", hint: "write 80/tcp; also udp and sctp")
    }
    self.port = port
    self.transport = transport
  }

  package var description: String { "\(port)/\(transport.rawValue)" }
}
