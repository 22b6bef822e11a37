import WherryEngine
import WherrySystemd

/// What a container's log options are to the journal.
enum JournalPlan {
  static func rates(_ log: LogPlan) -> [UnitProperty] {
    var properties: [UnitProperty] = []
    if let interval = log.rateInterval {
      properties.append(UnitProperty("LogRateLimitIntervalUSec", .uint64(interval)))
    }
    if let burst = log.rateBurst { properties.append(UnitProperty("LogRateLimitBurst", .uint32(burst))) }
    return properties
  }

  private static let reserved = [
    "MESSAGE", "PRIORITY", "SYSLOG_", "CODE_", "ERRNO", "CONTAINER_", "IMAGE_NAME", "UNIT", "OBJECT_",
    "COREDUMP_",
    "WHERRY_", "INVOCATION_ID", "N_DROPPED", "JOURNAL_", "LEADER", "TID", "DOCUMENTATION",
  ]

  /// `NAME=value` of what `--log-opt labels=` and `env=` chose, as Docker's journald driver names them: capitals,
  /// digits and `_`. Those that mean something to the journal or to us are left out.
  static func fields(_ log: LogPlan) -> [String] {
    var fields: [String: String] = [:]
    for (key, value) in log.details.sorted(by: { $0.key < $1.key }) where key != "tag" {
      let name = String(
        key.uppercased().unicodeScalars.map { scalar -> Character in
          let isPlain = scalar.isASCII && (scalar.properties.isUppercase || ("0"..."9").contains(scalar))
          return isPlain ? Character(scalar) : "_"
        }.drop { $0 == "_" || $0.isNumber }.prefix(64))
      guard !name.isEmpty, !reserved.contains(where: name.hasPrefix), !value.utf8.contains(10) else {
        continue
      }
      fields[name] = value
    }
    return fields.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
  }
}
