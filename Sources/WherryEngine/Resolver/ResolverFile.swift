package import WherryModel
package import WherryWire

/// The resolv.conf of a container with a network of its own. Pure.
package enum ResolverFile {
  /// The name servers of a resolv.conf; one with a zone (fe80::1%eth0) means nothing elsewhere and is left out.
  package static func servers(_ text: String) -> [IPAddress] {
    text.split(whereSeparator: \.isNewline).compactMap { line in
      let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
      guard words.first == "nameserver" else { return nil }
      return words.dropFirst().first.flatMap { IPAddress(String($0)) }
    }
  }

  /// `host` is the device's; `names` the addresses that answer for the container's networks; `spec` has the last word.
  package static func text(
    host: String, names: [IPAddress], ipv6: Bool, spec: ContainerSpec
  ) -> String {
    var servers: [String] = []
    var search: [String] = []
    var options: [String] = []
    for line in host.split(whereSeparator: \.isNewline) {
      let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
      switch words.first {
      case "nameserver":
        guard let address = words.dropFirst().first.flatMap({ IPAddress($0) }), !address.isLoopback,
          !address.isIPv6 || ipv6
        else { continue }
        servers.append(address.description)
      case "search", "domain": search = Array(words.dropFirst())
      case "options": options += words.dropFirst()
      default: continue
      }
    }
    if !names.isEmpty {
      // Which asks those that `spec` names, see SandboxPlan.servers.
      servers = names.map(\.description)
      options.removeAll { $0.hasPrefix("ndots:") }
      options.append("ndots:0")
    } else if let asked = spec.dns, !asked.isEmpty {
      servers = asked
    }
    if let asked = spec.dnsSearch, !asked.isEmpty { search = asked == ["."] ? [] : asked }
    if let asked = spec.dnsOptions, !asked.isEmpty { options = asked }
    var lines = servers.prefix(3).map { "nameserver \($0)" }
    if servers.isEmpty {
      lines.append("# The device has no name server that a container can reach; give one with --dns.")
    }
    if !search.isEmpty { lines.append("search " + search.joined(separator: " ")) }
    if !options.isEmpty { lines.append("options " + options.joined(separator: " ")) }
    return lines.joined(separator: "\n") + "\n"
  }
}
