import Glibc
package import WherryLinux

/// What the kernel counts now, as events of a ledger. Blocks.
package enum WearReading {
  /// Milliseconds since boot.
  package static func time() throws(SystemError) -> WearLedger.Event {
    .read(.time, Uptime.nanoseconds() / 1_000_000, epoch: try BootID.current())
  }

  /// What this process and the children it has waited for have made the kernel write, proc(5) `/proc/self/io`.
  package static func own() throws(SystemError) -> WearLedger.Event {
    guard let bytes = try Files.readIfPresent("/proc/self/io", maximum: 4096),
      let written = processWrites(String(decoding: bytes, as: UTF8.self)),
      let identity = try ProcessIdentity.of(getpid())
    else { return .notCounted(.own) }
    return .read(.own, written, epoch: "\(identity.bootID)/\(identity.pid)/\(identity.startTime)")
  }

  /// Pure.
  static func processWrites(_ text: String) -> UInt64? {
    var values: [String: UInt64] = [:]
    for line in text.split(separator: "\n") {
      var halves = line.split(separator: ":")[...]
      guard let name = halves.popFirst(), let number = halves.popFirst() else { continue }
      values[String(name)] = UInt64(number.filter { $0 != " " })
    }
    guard let written = values["write_bytes"] else { return nil }
    let cancelled = values["cancelled_write_bytes"] ?? 0
    return written - min(written, cancelled)
  }

  /// What was written to the disk that holds `path` since boot, by everybody; not counted where no block device holds it.
  package static func disk(of path: String) throws(SystemError) -> WearLedger.Event {
    guard let name = try diskName(of: path),
      let bytes = try Files.readIfPresent("/sys/block/\(name)/stat", maximum: 4096),
      let sectors = sectorsWritten(String(decoding: bytes, as: UTF8.self))
    else { return .notCounted(.disk) }
    let (written, overflow) = sectors.multipliedReportingOverflow(by: 512)
    let boot = try BootID.current()
    return overflow ? .notCounted(.disk) : .read(.disk, written, epoch: "\(boot)/\(name)")
  }

  /// The seventh number, in sectors of 512 bytes (Documentation/block/stat.rst). Pure.
  static func sectorsWritten(_ text: String) -> UInt64? {
    text.split(whereSeparator: \.isWhitespace).dropFirst(6).first.flatMap { UInt64($0) }
  }

  /// `mmcblk0` of a file on `mmcblk0p2`; nil for a file system that no block device holds.
  package static func diskName(of path: String) throws(SystemError) -> String? {
    let device = try Files.status(path, following: true).device
    let link = "/sys/dev/block/\(DeviceNumber.major(device)):\(DeviceNumber.minor(device))"
    guard try Files.statusIfPresent(link) != nil else { return nil }
    // …/block/mmcblk0/mmcblk0p2, or …/block/mmcblk0
    var parts = try Files.readLink(link).split(separator: "/")[...]
    while let part = parts.popFirst() {
      if part == "block" { return parts.first.map(String.init) }
    }
    return nil
  }
}
