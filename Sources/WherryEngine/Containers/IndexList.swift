/// Numbers as the kernel lists CPUs and memory nodes: `0-3,5` (cpuset(7), "List format").
package struct IndexList: Sendable, Equatable, CustomStringConvertible {
  /// More than any kernel has (CONFIG_NR_CPUS).
  package static let bound = 8192

  package var members: Set<Int>

  package init(_ members: Set<Int>) {
    self.members = members
  }

  /// Nil for what is no such list, names a number from `bound` on, or names none.
  package init?(_ text: String) {
    guard text.utf8.count <= 4096 else { return nil }
    var members: Set<Int> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
      guard let first = ends.first.flatMap(Self.number), let last = ends.last.flatMap(Self.number),
        first <= last
      else { return nil }
      members.formUnion(first...last)
    }
    self.members = members
  }

  private static func number(_ text: Substring) -> Int? {
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let number = Int(text, radix: 10), number < bound
    else { return nil }
    return number
  }

  /// One bit for each number, the first in the lowest bit of the first byte: systemd's form.
  package var mask: [UInt8] {
    var mask: [UInt8] = []
    for byte in 0..<((members.max() ?? -1) / 8 + (members.isEmpty ? 0 : 1)) {
      var value: UInt8 = 0
      for bit in 0..<8 where members.contains(byte * 8 + bit) { value |= 1 << bit }
      mask.append(value)
    }
    return mask
  }

  package var description: String {
    var ranges: [(first: Int, last: Int)] = []
    for number in members.sorted() {
      if let range = ranges.last, range.last == number - 1 {
        _ = ranges.popLast()
        ranges.append((range.first, number))
      } else {
        ranges.append((number, number))
      }
    }
    return ranges.map { $0.first == $0.last ? "\($0.first)" : "\($0.first)-\($0.last)" }.joined(
      separator: ",")
  }
}
