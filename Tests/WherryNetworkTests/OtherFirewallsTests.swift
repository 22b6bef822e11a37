import Testing
import WherryNetwork

@Suite struct OtherFirewallsTests {
  private static func listing(_ family: String, _ table: String, _ chain: String, _ hook: String) -> String {
    "table \(family) \(table) {\n\tchain INPUT {\n\t\ttype filter hook input priority filter; policy drop;\n\t}\n"
      + "\tchain \(chain) {\n\t\t\(hook)\n\t}\n\tchain plain {\n\t}\n}\n"
  }

  @Test(arguments: [
    (
      "ip", "filter", "FORWARD", "type filter hook forward priority filter; policy drop;",
      "iptables -I FORWARD"
    ),
    (
      "ip6", "filter", "FORWARD", "type filter hook forward priority filter; policy drop;",
      "ip6tables -I FORWARD"
    ),
    ("inet", "mine", "closed", "type filter hook forward priority 10; policy drop;", "table inet mine"),
    (
      "inet", "firewalld", "filter_FORWARD", "type filter hook forward priority filter + 10; policy accept;",
      "firewall-cmd"
    ),
  ]) func whatDropsForwardedTrafficIsNamedWithItsRemedy(
    _ family: String, _ table: String, _ chain: String, _ hook: String, _ said: String
  ) {
    let found = OtherFirewalls(listing: Self.listing(family, table, chain, hook), own: "wherry").obstacles
    #expect(found.count == 1)
    #expect(found.first?.contains(said) == true)
  }

  @Test(arguments: [
    ("inet", "wherry", "forward", "type filter hook forward priority filter; policy drop;"),
    ("ip", "filter", "FORWARD", "type filter hook forward priority filter; policy accept;"),
    ("bridge", "filter", "FORWARD", "type filter hook forward priority filter; policy drop;"),
    ("ip", "filter", "FORWARD", "type filter hook"),
    ("ip", "filter", "FORWARD", ""),
  ]) func nothingElseIs(_ family: String, _ table: String, _ chain: String, _ hook: String) {
    #expect(
      OtherFirewalls(listing: Self.listing(family, table, chain, hook), own: "wherry").obstacles.isEmpty)
  }

  @Test func bothChainsOfFirewalldAreOneObstacle() {
    let hook = "type filter hook forward priority filter + 10; policy accept;"
    let text = Self.listing("inet", "firewalld", "a", hook) + Self.listing("inet", "firewalld", "b", hook)
    #expect(OtherFirewalls(listing: text, own: "wherry").obstacles.count == 1)
  }
}
