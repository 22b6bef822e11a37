import WherryLinux

/// What a registry leaves free on its file system: a full one stops others, and the removal of what fills it.
enum SpaceReserve {
  /// Bytes written between two looks.
  static let interval: UInt64 = 8 << 20
  private static let minimum: UInt64 = 64 << 20

  /// 1 % of a file system of `total` bytes, 64 MiB at least.
  static func bytes(total: UInt64) -> UInt64 { max(minimum, total / 100) }

  /// Throws 507 where `count` bytes more would touch the reserve of the file system that holds `path`.
  static func check(_ path: String, for count: UInt64) throws {
    let usage = try FileSystemUsage(of: path)
    let (needed, overflow) = bytes(total: usage.totalBytes).addingReportingOverflow(count)
    guard !overflow, usage.freeBytes >= needed else { throw RegistryProblem.noSpace }
  }
}
