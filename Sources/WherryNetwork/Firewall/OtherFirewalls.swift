/// Packet rules of other programs that stop containers' traffic. A packet that one table accepts goes on to the base
/// chains of all others, and one of them that drops it has the last word (nft(8), "verdict statements"): the engine's own
/// table cannot open what another closes. Pure.
package struct OtherFirewalls {
  /// In the order of the listing.
  package private(set) var obstacles: [String] = []

  /// `listing` is what `nft list chains` prints; `own` the engine's table.
  package init(listing: String, own: String) {
    var family = ""
    var table = ""
    var chain = ""
    for line in listing.split(separator: "\n") {
      let words = line.split { $0 == " " || $0 == "\t" }.map(String.init)
      switch words.first {
      case "table" where words.count >= 3: (family, table) = (words[1], words[2])
      case "chain" where words.count >= 2: chain = words[1]
      case "type" where words.contains("hook"):
        guard let hook = words.firstIndex(of: "hook"), hook + 1 < words.count, words[hook + 1] == "forward",
          table != own, ["ip", "ip6", "inet"].contains(family)
        else { continue }
        if table == "firewalld" {
          add(Self.firewalld)
        } else if line.contains("policy drop") {
          add(Self.closed(family, table, chain))
        }
      default: continue
      }
    }
  }

  private mutating func add(_ text: String) {
    if !obstacles.contains(text) { obstacles.append(text) }
  }

  private static let firewalld =
    "firewalld refuses what it knows no zone for: firewall-cmd --permanent --zone=trusted --add-interface=BRIDGE, "
    + "then firewall-cmd --reload, for each bridge that 'wherry info' lists"

  private static func closed(_ family: String, _ table: String, _ chain: String) -> String {
    let remedy =
      table == "filter" && chain == "FORWARD"
      ? "with ufw, 'ufw route allow in on BRIDGE' and 'ufw route allow out on BRIDGE'; without, "
        + "'\(family == "ip6" ? "ip6tables" : "iptables") -I FORWARD -i BRIDGE -j ACCEPT' and the same with -o; "
        + "for each bridge that 'wherry info' lists"
      : "let it accept what comes from and goes to the bridges that 'wherry info' lists"
    return
      "chain \(chain) of table \(family) \(table) drops what it does not accept, containers' traffic too: \(remedy)"
  }
}
