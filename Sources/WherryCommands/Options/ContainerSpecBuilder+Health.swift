import WherryModel
import WherryWire

extension ContainerSpecBuilder {
  /// Docker's `--health-*`, and Podman's `--health-on-failure`.
  func addHealth(to spec: inout ContainerSpec) throws(UsageError) {
    var check = HealthCheck()
    check.test = options.healthCmd.map { $0.isEmpty ? [] : ["CMD-SHELL", $0] }
    check.interval = try duration("health-interval", options.healthInterval)
    check.timeout = try duration("health-timeout", options.healthTimeout)
    check.startPeriod = try duration("health-start-period", options.healthStartPeriod)
    check.startInterval = try duration("health-start-interval", options.healthStartInterval)
    if let text = options.healthRetries {
      let retries = try value("health-retries", text) { () throws(OptionError) in
        guard let number = Int64(text) else {
          throw OptionError("strconv.ParseInt: parsing \(GoQuote.quote(text)): invalid syntax")
        }
        return number
      }
      guard let count = UInt64(exactly: retries) else {
        throw UsageError(message: "--health-retries cannot be negative")
      }
      check.retries = count
    }
    if options.noHealthcheck {
      guard check == HealthCheck() else {
        throw UsageError(message: "--no-healthcheck conflicts with --health-* options")
      }
      check.test = ["NONE"]
    }
    if check != HealthCheck() { spec.healthCheck = check }
    spec.healthFailureAction = try options.healthOnFailure.map { (text) throws(UsageError) in
      guard let action = HealthFailureAction(name: text) else {
        throw UsageError(
          message: "invalid on-failure action \(GoQuote.quote(text)) for health check: "
            + "supported actions are none,kill,restart,stop")
      }
      return action
    }
  }

  private func duration(_ flag: String, _ text: String?) throws(UsageError) -> UInt64? {
    guard let text else { return nil }
    let nanoseconds = try value(flag, text) { () throws(OptionError) in
      guard let nanoseconds = GoDuration.nanoseconds(text) else {
        throw OptionError("time: invalid duration \(GoQuote.quote(text))")
      }
      return nanoseconds
    }
    guard let result = UInt64(exactly: nanoseconds) else {
      throw UsageError(message: "--\(flag) cannot be negative")
    }
    return result
  }
}
