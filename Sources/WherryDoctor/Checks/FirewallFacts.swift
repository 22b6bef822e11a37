package import WherryWire

/// What of the device's packet rules keeps containers' traffic from passing.
package struct FirewallFacts: Sendable, Equatable {
  /// `WHAT: REMEDY`, as `info` warns.
  package var obstacles: [String]

  package init(obstacles: [String]) {
    self.obstacles = obstacles
  }

  package var findings: [DoctorFinding] {
    if obstacles.isEmpty { return [.ok(.firewall, "nothing else drops what containers send and receive")] }
    return obstacles.map { text in
      guard let colon = text.firstRange(of: ": ") else {
        return .warning(.firewall, text, "let it accept what comes from and goes to containers' bridges")
      }
      return .warning(.firewall, String(text[..<colon.lowerBound]), String(text[colon.upperBound...]))
    }
  }
}
