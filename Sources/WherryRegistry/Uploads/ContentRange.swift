/// Where a chunk belongs: `FIRST-LAST`, both inclusive (distribution-spec, "Pushing a blob in chunks"). What RFC 9110
/// would have, `bytes FIRST-LAST/…`, is understood as well.
package struct ContentRange: Sendable, Equatable {
  package var first: UInt64
  package var last: UInt64

  package var count: UInt64 { last - first + 1 }

  /// Nil for anything else.
  package init?(_ text: String) {
    var rest = text[...]
    if rest.hasPrefix("bytes ") { rest = rest.dropFirst(6) }
    rest = rest.prefix { $0 != "/" }
    let ends = rest.split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, let first = Self.number(ends.first), let last = Self.number(ends.last),
      first <= last
    else { return nil }
    self.first = first
    self.last = last
  }

  private static func number(_ text: Substring?) -> UInt64? {
    guard let text, (1...18).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    return UInt64(text)
  }
}
