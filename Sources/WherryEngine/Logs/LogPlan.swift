package import WherryModel
package import WherryWire

/// Where a container's output goes and how much of it, from Docker's `--log-driver` and `--log-opt`.
package struct LogPlan: Sendable, Equatable {
  /// Whether it goes nowhere.
  package var isNone = false
  /// Under systemd: so many messages in an interval of microseconds (LogRateLimitIntervalSec=, LogRateLimitBurst=).
  package var rateInterval: UInt64?
  package var rateBurst: UInt32?
  /// Under conmon: bytes; beyond that the file begins anew.
  package var maximumSize: UInt64?
  /// Instead of the container's name.
  package var tag: String?
  /// What `--log-opt labels=` and `env=` chose, and the tag, for `logs --details`.
  package var details: [String: String] = [:]

  package init() {}

  /// Throws `invalidArgument` or `unsupported`; the record's own has been checked when it was created.
  package init(_ record: ContainerRecord, supervisor: String) throws(WherryError) {
    let config = record.spec.log
    try Self.validate(config, supervisor: supervisor)
    isNone = config?.driver == "none"
    let options = config?.options ?? [:]
    rateInterval = try options["rate-limit-interval"].map(Self.interval)
    rateBurst = try options["rate-limit-burst"].map(Self.burst)
    maximumSize = try options["max-size"].map(Self.size)
    if let text = options["tag"], !text.isEmpty {
      let expanded = try LogTag.expand(text, record)
      tag = expanded
      details["tag"] = expanded
    }
    let labels = record.spec.labels ?? [:]
    for key in Self.list(options["labels"]) { details[key] = labels[key] }
    for entry in record.environment {
      let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, Self.list(options["env"]).contains(String(parts[0])) else { continue }
      details[String(parts[0])] = String(parts[1])
    }
  }

  /// The name `inspect` shows.
  package static func driver(_ config: LogConfig?, supervisor: String) -> String {
    if let driver = config?.driver, !driver.isEmpty { return driver }
    return supervisor == "systemd" ? "journald" : "k8s-file"
  }

  private static func list(_ text: String?) -> [String] {
    (text ?? "").split(separator: ",").map(String.init)
  }
}
