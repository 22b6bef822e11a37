import Glibc

/// Users and groups of a user namespace: its own from 0 up are those of the device from `first` up.
package struct IDMap: Sendable, Hashable {
  /// What the kernel shows for a user that has no number (kernel.overflowuid).
  package static let overflow: UInt32 = 65534

  package let first: UInt32
  package let count: UInt32

  /// Nil where the numbers do not fit: the last one there is means "no user".
  package init?(first: UInt64, count: UInt64) {
    guard count > 0, let first = UInt32(exactly: first), let count = UInt32(exactly: count),
      first.addingReportingOverflow(count).overflow == false
    else { return nil }
    self.first = first
    self.count = count
  }

  /// What the device knows the namespace's `id` by. Throws EOVERFLOW where there is none.
  package func outside(_ id: UInt32) throws(SystemError) -> UInt32 {
    guard id < count else { throw SystemError(errno: EOVERFLOW, "map", "user or group \(id)") }
    return first + id
  }

  /// What the namespace knows the device's `id` by.
  package func inside(_ id: UInt32) -> UInt32 {
    id >= first && id - first < count ? id - first : Self.overflow
  }
}
