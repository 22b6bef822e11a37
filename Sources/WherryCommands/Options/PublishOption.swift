import WherryModel
import WherryWire

/// `--publish` and `--expose`, as Docker reads them (docker/go-connections, nat.ParsePortSpec).
enum PublishOption {
  static let protocols: Set<String> = ["tcp", "udp", "sctp"]

  /// `[IP:][HOST_PORT[-END]:]PORT[-END][/PROTOCOL]`, one mapping a port of the container.
  static func parse(_ text: String) throws(OptionError) -> [PortMapping] {
    let (body, transport) = try split(text)
    let (address, host, container) = try parts(body)
    let ports = try range(container, "containerPort")
    guard !host.isEmpty else {
      return ports.map { PortMapping(containerPort: UInt64($0), protocol: transport, hostAddress: address) }
    }
    // Port 0 is any, as without one.
    if host == "0" {
      return ports.map { PortMapping(containerPort: UInt64($0), protocol: transport, hostAddress: address) }
    }
    let hosts = try range(host, "hostPort")
    if ports.count == hosts.count {
      return zip(ports, hosts).map { port, host in
        PortMapping(
          containerPort: UInt64(port), protocol: transport, hostAddress: address, hostPort: UInt64(host))
      }
    }
    guard ports.count == 1, let first = hosts.first, let last = hosts.last else {
      throw OptionError("invalid ranges specified for container and host Ports: \(container) and \(host)")
    }
    return [
      PortMapping(
        containerPort: UInt64(ports.lowerBound), protocol: transport, hostAddress: address,
        hostPort: UInt64(first), hostPortEnd: UInt64(last))
    ]
  }

  /// `PORT[-END][/PROTOCOL]` as `PORT/PROTOCOL`.
  static func expose(_ text: String) throws(OptionError) -> [String] {
    guard !text.contains(":") else { throw OptionError("invalid port format for --expose: \(text)") }
    let (body, transport) = try split(text)
    return try range(body, "port").map { "\($0)/\(transport)" }
  }

  private static func split(_ text: String) throws(OptionError) -> (body: String, transport: String) {
    let halves = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let transport = halves.count == 2 ? halves[1].lowercased() : "tcp"
    guard protocols.contains(transport) else { throw OptionError("invalid proto: \(transport)") }
    return (halves[0], transport)
  }

  private static func parts(
    _ body: String
  ) throws(OptionError) -> (address: String?, host: String, container: String) {
    var rest = body[...]
    var address: String?
    if rest.hasPrefix("[") {
      guard let end = rest.firstIndex(of: "]") else { throw OptionError("invalid IP address: \(body)") }
      address = String(rest[rest.index(after: rest.startIndex)..<end])
      rest = rest[rest.index(after: end)...]
      guard rest.hasPrefix(":") else { throw OptionError("invalid publish opts format: \(body)") }
      rest = rest.dropFirst()
    }
    let fields = rest.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard let container = fields.last, !container.isEmpty else {
      throw OptionError("no port specified: \(body)")
    }
    switch (fields.count, address) {
    case (1, nil): return (nil, "", container)
    case (2, nil): return (nil, fields[0], container)
    case (3, nil): address = fields[0].isEmpty ? nil : fields[0]
    case (1, .some), (2, .some): break
    default: throw OptionError("invalid publish opts format (should be [ip:][host:]container): \(body)")
    }
    if let address, IPAddress(address) == nil { throw OptionError("invalid IP address: \(address)") }
    return (address, fields.count == 1 ? "" : fields[fields.count - 2], container)
  }

  private static func range(_ text: String, _ what: String) throws(OptionError) -> ClosedRange<UInt16> {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false)
    guard (1...2).contains(ends.count), let first = port(ends[0]), let last = port(ends[ends.count - 1]),
      first <= last
    else { throw OptionError("invalid \(what): \(text)") }
    return first...last
  }

  private static func port(_ text: Substring) -> UInt16? {
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let port = UInt16(text),
      port > 0
    else { return nil }
    return port
  }
}
