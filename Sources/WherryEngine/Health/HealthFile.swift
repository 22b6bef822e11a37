import WherryCBOR
package import WherryLinux
package import WherryModel
package import WherryWire

/// How a container was found, in the run directory: what the daemon, the next daemon and a timer's hook all read.
package enum HealthFile {
  private static let maximum = 256 << 10

  /// Nil where there is none, or none that can be read: the next probe writes a new one.
  package static func read(_ path: String) throws(SystemError) -> HealthRecord? {
    guard let bytes = try Files.readIfPresent(path, maximum: maximum) else { return nil }
    do {
      var reader = CBORReader(bytes)
      let record = try HealthRecord(from: &reader)
      try reader.requireEnd()
      return record
    } catch { return nil }
  }

  package static func write(_ record: HealthRecord, _ path: String) throws(SystemError) {
    var writer = CBORWriter()
    record.encode(to: &writer)
    let folder = path.split(separator: "/").dropLast().map { "/" + $0 }.joined()
    try Files.makeDirectories(folder)
    try Files.replace(path, writer.bytes)
  }

  /// What `record` says of the run that began at `startedAt`; one that was not probed yet is starting.
  package static func health(_ record: HealthRecord?, runningSince startedAt: Timestamp) -> Health {
    guard let record, record.startedAt >= startedAt else {
      return Health(state: .starting, failingStreak: 0, log: [])
    }
    return record.health
  }
}
