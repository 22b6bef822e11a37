package import WherryWire

/// The servers of resolv.conf, each asked once.
package struct NameServerFacts: Sendable, Equatable {
  package enum Answer: Sendable, Equatable {
    /// With this response code (RFC 1035), after so many milliseconds.
    case answered(code: Int, milliseconds: UInt64)
    case silent
    case failed(String)
  }

  package struct Server: Sendable, Equatable {
    package var address: String
    package var answer: Answer

    package init(_ address: String, _ answer: Answer) {
      self.address = address
      self.answer = answer
    }
  }

  package var servers: [Server]

  package init(servers: [Server]) {
    self.servers = servers
  }

  private static func isWell(_ answer: Answer) -> Bool {
    guard case .answered(let code, _) = answer else { return false }
    // No error, and "no such name": it has asked somebody.
    return code == 0 || code == 3
  }

  private static func problem(_ server: Server) -> String? {
    switch server.answer {
    case .answered(0, _), .answered(3, _): nil
    case .answered(2, _): "\(server.address) answers that it got nothing from others (SERVFAIL)"
    case .answered(5, _): "\(server.address) refuses to answer (REFUSED)"
    case .answered(let code, _): "\(server.address) answers with error \(code)"
    case .silent: "\(server.address) does not answer"
    case .failed(let reason): "\(server.address): \(reason)"
    }
  }

  package var findings: [DoctorFinding] {
    if servers.isEmpty {
      return [
        .warning(
          .dns, "/etc/resolv.conf names no server: no registry is found by its name",
          "write nameserver ADDRESS into it, or configure the network (dhcp, systemd-resolved)")
      ]
    }
    let problems = servers.compactMap(Self.problem)
    if problems.isEmpty {
      let texts = servers.map { server in
        guard case .answered(_, let milliseconds) = server.answer else { return server.address }
        return "\(server.address) (\(milliseconds) ms)"
      }
      return [.ok(.dns, "answers: \(texts.joined(separator: ", "))")]
    }
    let remedy = "check the network (ip route), then the servers in /etc/resolv.conf"
    let isWell = servers.contains { Self.isWell($0.answer) }
    return problems.map { problem in
      isWell
        ? .warning(
          .dns, "\(problem): names are found by the others, later",
          "take it out of /etc/resolv.conf, or make it answer")
        : .fault(.dns, problem, remedy)
    }
  }
}
