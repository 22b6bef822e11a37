package import WherryEngine
import WherryModel

/// The engine's own nftables table as text for libnftables. Pure; what it means stands in NetworkPlan.swift.
package struct FirewallRules {
  package var plan: NetworkPlan
  package var names: InterfaceNames
  /// Forwarding was off before: traffic that is nobody's container's stays where it was.
  package var confinesForwarding: Bool

  package init(plan: NetworkPlan, names: InterfaceNames, confinesForwarding: Bool) {
    self.plan = plan
    self.names = names
    self.confinesForwarding = confinesForwarding
  }

  /// What removes the table, whether or not it is there.
  package static func removal(_ table: String) -> String {
    "add table inet \(table)\ndelete table inet \(table)\n"
  }

  /// One transaction: the old table goes and the new one comes.
  package var text: String {
    let used = plan.networks.filter { $0.driver == .bridge && plan.isUsed($0) }
    let bridges = used.map { "\"\(names.bridge($0))\"" }.joined(separator: ", ")
    var text = Self.removal(names.table)
    text += "table inet \(names.table) {\n"
    text += "set bridges { type ifname; elements = { \(bridges) } }\n"
    text += chain("first", "filter hook prerouting priority -300", first)
    text += "chain published {\n\(published.joined(separator: "\n"))\n}\n"
    text += chain("incoming", "nat hook prerouting priority -100", ["fib daddr type local jump published"])
    text += chain("own", "nat hook output priority -100", own)
    text += chain("outgoing", "nat hook postrouting priority 100", used.flatMap(masquerading) + ownLoopback)
    text += chain("forward", "filter hook forward priority 0", used.flatMap(closed) + forwarding(used))
    return text + "}\n"
  }

  private func chain(_ name: String, _ hook: String, _ rules: [String]) -> String {
    "chain \(name) {\ntype \(hook); policy accept;\n\(rules.joined(separator: "\n"))\n}\n"
  }

  /// route_localnet opens loopback to what comes over a bridge.
  private var first: [String] {
    ["iifname @bridges ip daddr 127.0.0.0/8 drop", "iifname @bridges ip saddr 127.0.0.0/8 drop"]
  }

  /// What is sent to ::1 cannot leave loopback, there is no route_localnet of IPv6: refused at once, it makes a client of
  /// localhost try 127.0.0.1, which would otherwise wait.
  private var own: [String] { ["ip6 daddr ::1 return", "fib daddr type local jump published"] }

  private var published: [String] {
    plan.sandboxes.flatMap { sandbox in
      sandbox.forwards.compactMap { forward -> String? in
        let ipv6 = forward.hostAddress.isIPv6
        guard let target = sandbox.target(ipv6: ipv6) else { return nil }
        let address =
          forward.hostAddress.isUnspecified
          ? "meta nfproto \(ipv6 ? "ipv6" : "ipv4")" : "\(ipv6 ? "ip6" : "ip") daddr \(forward.hostAddress)"
        let to = ipv6 ? "ip6 to [\(target)]" : "ip to \(target)"
        return
          "\(address) \(forward.transport.rawValue) dport \(forward.hostPort) dnat \(to):\(forward.containerPort)"
      }
    }
  }

  private func masquerading(_ network: NetworkDefinition) -> [String] {
    network.subnets.flatMap { subnet -> [String] in
      let ip = subnet.prefix.isIPv6 ? "ip6" : "ip"
      let hairpin = "\(ip) saddr \(subnet.prefix) \(ip) daddr \(subnet.prefix) ct status dnat masquerade"
      if network.isInternal { return [hairpin] }
      return [
        "\(ip) saddr \(subnet.prefix) oifname != \"\(names.bridge(network))\" masquerade", hairpin,
      ]
    }
  }

  private var ownLoopback: [String] { ["oifname @bridges ip saddr 127.0.0.0/8 masquerade"] }

  private func closed(_ network: NetworkDefinition) -> [String] {
    guard network.isInternal else { return [] }
    let bridge = "\"\(names.bridge(network))\""
    return ["iifname \(bridge) oifname != \(bridge) drop", "oifname \(bridge) iifname != \(bridge) drop"]
  }

  private func forwarding(_ used: [NetworkDefinition]) -> [String] {
    var rules = ["ct state established,related accept", "oifname @bridges ct status dnat accept"]
    rules += used.map { "iifname \"\(names.bridge($0))\" oifname \"\(names.bridge($0))\" accept" }
    rules += ["oifname @bridges drop", "iifname @bridges accept"]
    if confinesForwarding { rules.append("drop") }
    return rules
  }
}
