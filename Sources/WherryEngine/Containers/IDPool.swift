package import WherryModel
package import WherryWire

/// The users and groups of the device that containers with user namespaces may have: each its own run of them.
package struct IDPool: Sendable, Equatable {
  /// Whose lines in /etc/subuid and /etc/subgid (subuid(5)) are ours; the first that is there counts. The second is
  /// Podman's.
  package static let owners = ["wherry", "containers"]
  /// Where neither file names them: the upper half of the numbers, where no user of a device is.
  package static let standard: Range<UInt64> = 2_147_483_648..<4_294_901_760
  /// The last number means "no user".
  private static let all: Range<UInt64> = 1..<4_294_967_295

  package var ranges: [Range<UInt64>]

  /// Of the contents of both files. Throws `failedPrecondition` where they contradict each other.
  package init(users: String, groups: String) throws(WherryError) {
    for owner in Self.owners {
      let (users, groups) = (Self.ranges(of: owner, in: users), Self.ranges(of: owner, in: groups))
      if users.isEmpty, groups.isEmpty { continue }
      // One run serves both, so that a file's user and group are shifted alike.
      ranges = users.flatMap { user in groups.map { user.clamped(to: $0) } }.filter { !$0.isEmpty }
        .sorted { $0.lowerBound < $1.lowerBound }
      guard !ranges.isEmpty else {
        throw WherryError(
          .failedPrecondition, "/etc/subuid and /etc/subgid give user \(owner) no numbers in common",
          hint: "write the same \(owner):FIRST:COUNT into both")
      }
      return
    }
    ranges = [Self.standard]
  }

  private static func ranges(of owner: String, in text: String) -> [Range<UInt64>] {
    text.split(separator: "\n").compactMap { line in
      var parts = line.split(separator: ":", omittingEmptySubsequences: false).makeIterator()
      guard parts.next() == Substring(owner), let first = parts.next().flatMap({ UInt64($0) }),
        let count = parts.next().flatMap({ UInt64($0) }), parts.next() == nil,
        first < all.upperBound, count > 0
      else { return nil }
      let (end, overflow) = first.addingReportingOverflow(count)
      let range = (first..<(overflow ? .max : end)).clamped(to: all)
      return range.isEmpty ? nil : range
    }
  }

  /// The lowest run of `count` that nobody has. Throws `resourceExhausted` where there is none.
  package func free(_ count: UInt64, taken: some Sequence<IdRange>) throws(WherryError) -> IdRange {
    let taken = taken.sorted { $0.first < $1.first }
    for range in ranges {
      var next = range.lowerBound
      for other in taken {
        let end = other.first.addingReportingOverflow(other.count).partialValue
        guard end > next, other.first < range.upperBound else { continue }
        if other.first >= next, other.first - next >= count { break }
        next = max(next, end)
      }
      if next < range.upperBound, range.upperBound - next >= count {
        return IdRange(first: next, count: count)
      }
    }
    throw WherryError(
      .resourceExhausted, "--userns: no \(count) users and groups are left for another container",
      hint: "remove a container that has a user namespace, or give more in /etc/subuid and /etc/subgid")
  }
}
