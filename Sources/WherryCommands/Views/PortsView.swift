import WherryWire

/// Ports as Docker prints them.
enum PortsView {
  /// The PORTS column of `ps`: `0.0.0.0:8080->80/tcp, [::]:8080->80/tcp, 443/tcp`. Ports that lead to the same number
  /// are drawn together: `0.0.0.0:80-82->80-82/tcp`.
  static func column(_ ports: [PortBinding]) -> String {
    struct Group {
      var address: String?
      var transport: String
      var first: UInt64
      var last: UInt64
    }
    let sorted = ports.sorted {
      ($0.containerPort, $0.hostAddress ?? "", $0.protocol) < (
        $1.containerPort, $1.hostAddress ?? "", $1.protocol
      )
    }
    var groups: [Group] = []
    var single: [String] = []
    for port in sorted {
      if let host = port.hostPort, host != port.containerPort {
        single.append("\(address(port.hostAddress)):\(host)->\(port.containerPort)/\(port.protocol)")
        continue
      }
      let index = groups.firstIndex {
        $0.address == port.hostAddress && $0.transport == port.protocol && $0.last + 1 == port.containerPort
      }
      if let index {
        groups[index].last = port.containerPort
      } else {
        groups.append(
          Group(
            address: port.hostAddress, transport: port.protocol, first: port.containerPort,
            last: port.containerPort))
      }
    }
    let drawn = groups.map { group in
      let range = group.first == group.last ? "\(group.first)" : "\(group.first)-\(group.last)"
      guard let host = group.address else { return "\(range)/\(group.transport)" }
      return "\(address(host)):\(range)->\(range)/\(group.transport)"
    }
    return (single + drawn).joined(separator: ", ")
  }

  /// An IPv6 address in brackets.
  static func address(_ text: String?) -> String {
    guard let text else { return "" }
    return text.contains(":") ? "[\(text)]" : text
  }

  /// `{"80/tcp": [{"HostIp": …, "HostPort": …}]}`; null for a port that is only exposed.
  static func map(_ ports: [PortBinding]) -> Value {
    var keys: [String] = []
    var bindings: [String: [Value]] = [:]
    for port in ports {
      let key = "\(port.containerPort)/\(port.protocol)"
      if !keys.contains(key) { keys.append(key) }
      guard let host = port.hostPort else { continue }
      bindings[key, default: []].append(
        ["HostIp": .string(port.hostAddress ?? ""), "HostPort": .string(String(host))])
    }
    return .object(keys.sorted().map { .init(key: $0, value: bindings[$0].map(Value.array) ?? .null) })
  }

  /// What was asked for.
  static func asked(_ ports: [PortMapping]) -> Value {
    var keys: [String] = []
    var bindings: [String: [Value]] = [:]
    for port in ports {
      let key = "\(port.containerPort)/\(port.protocol)"
      if !keys.contains(key) { keys.append(key) }
      let end = port.hostPortEnd.map { "-\($0)" } ?? ""
      let host = port.hostPort.map { "\($0)\(end)" } ?? ""
      bindings[key, default: []].append([
        "HostIp": .string(port.hostAddress ?? ""), "HostPort": .string(host),
      ])
    }
    return .object(keys.sorted().map { .init(key: $0, value: .array(bindings[$0] ?? [])) })
  }
}
