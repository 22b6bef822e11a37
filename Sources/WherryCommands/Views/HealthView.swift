import WherryWire

/// Health checks as Docker prints them (Engine API 1.44: HealthConfig, Health).
enum HealthView {
  static func check(_ check: HealthCheck?) -> Value {
    guard let check else { return .null }
    var fields: [Value.Field] = []
    func add(_ key: String, _ value: UInt64?) {
      if let value { fields.append(.init(key: key, value: .unsigned(value))) }
    }
    if let test = check.test { fields.append(.init(key: "Test", value: .strings(test))) }
    add("Interval", check.interval)
    add("Timeout", check.timeout)
    add("StartPeriod", check.startPeriod)
    add("StartInterval", check.startInterval)
    add("Retries", check.retries)
    return .object(fields)
  }

  static func state(_ health: Health) -> Value {
    [
      "Status": .string("\(health.state)"),
      "FailingStreak": .unsigned(health.failingStreak),
      "Log": .array(
        health.log.map { probe in
          [
            "Start": .time(probe.startedAt), "End": .time(probe.endedAt), "ExitCode": .int(probe.exitCode),
            "Output": .string(probe.output),
          ]
        }),
    ]
  }
}

extension Value {
  /// At the end of an object.
  mutating func append(_ key: String, _ value: Value) {
    guard case .object(let fields) = self else { return }
    self = .object(fields + [.init(key: key, value: value)])
  }
}
