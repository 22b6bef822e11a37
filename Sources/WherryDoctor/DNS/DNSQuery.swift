/// One question of a resolver and its answer (RFC 1035), as far as a check needs them. Pure.
package struct DNSQuery: Sendable, Equatable {
  package var id: UInt16

  package init(id: UInt16) {
    self.id = id
  }

  /// Asks for the root's name servers, which every resolver finds.
  package var bytes: [UInt8] {
    [
      UInt8(id >> 8), UInt8(id & 0xff),
      // Recursion is desired; one question.
      0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0,
      // The root; type NS, class IN.
      0, 0, 2, 0, 1,
    ]
  }

  /// The response code; nil where `bytes` are no answer to this question.
  package func code(of bytes: [UInt8]) -> Int? {
    var head = bytes.prefix(12)
    guard head.count == 12, let high = head.popFirst(), let low = head.popFirst(),
      let flags = head.popFirst(),
      let codes = head.popFirst(), UInt16(high) << 8 | UInt16(low) == id, flags & 0x80 != 0
    else { return nil }
    return Int(codes & 0x0f)
  }
}

/// The servers of resolv.conf(5), at most the three that glibc asks.
package enum ResolverList {
  package static func servers(_ text: String) -> [String] {
    Array(
      text.split(separator: "\n").compactMap { line in
        let words = line.split(whereSeparator: \.isWhitespace)
        guard words.count >= 2, words.first == "nameserver" else { return nil }
        return words.dropFirst().first.map { String($0.prefix(64)) }
      }.prefix(3))
  }
}
