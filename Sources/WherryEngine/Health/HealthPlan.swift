package import WherryModel
package import WherryOCI
package import WherryWire

/// A health check as it is carried out: everything decided, durations in nanoseconds.
package struct HealthPlan: Sendable, Equatable {
  package static let defaultInterval: UInt64 = 30_000_000_000
  package static let defaultTimeout: UInt64 = 30_000_000_000
  package static let defaultStartInterval: UInt64 = 5_000_000_000
  package static let defaultRetries: UInt64 = 3
  /// Docker's.
  package static let shortest: UInt64 = 1_000_000
  /// The pause between probes that an image can ask for: who makes an image does not know the device, which runs a
  /// process for each. Who runs it does, and may go down to Docker's.
  package static let shortestOfImage: UInt64 = 1_000_000_000
  /// A year: nothing overflows, and no timer of systemd's refuses it.
  package static let longest: UInt64 = 365 * 86_400 * 1_000_000_000

  package var interval = defaultInterval
  package var timeout = defaultTimeout
  package var startPeriod: UInt64 = 0
  package var startInterval = defaultStartInterval
  package var retries = defaultRetries
  package var action = HealthFailureAction.none

  package init() {}

  /// Nil where the container has no check, or none any more.
  package init?(_ spec: ContainerSpec) {
    guard let check = spec.healthCheck, Self.command(check) != nil else { return nil }
    interval = check.interval ?? interval
    timeout = check.timeout ?? timeout
    startPeriod = check.startPeriod ?? startPeriod
    startInterval = check.startInterval ?? startInterval
    retries = check.retries ?? retries
    action = spec.healthFailureAction ?? action
  }

  /// What is executed; nil where nothing is.
  package static func command(_ check: HealthCheck) -> [String]? {
    guard let test = check.test, let kind = test.first, let line = test.dropFirst().first else { return nil }
    switch kind {
    case "CMD": return Array(test.dropFirst())
    case "CMD-SHELL": return ["/bin/sh", "-c", line]
    default: return nil
    }
  }

  /// The request over the image's, as Docker merges them: 0 is the image's value, or the default. Pauses of the image's
  /// are a second at least.
  package static func merged(_ wanted: HealthCheck?, _ image: ImageConfiguration.Healthcheck?) -> HealthCheck?
  {
    guard wanted != nil || image?.Test?.isEmpty == false else { return nil }
    func pick(_ own: UInt64?, _ other: Int64?) -> UInt64? {
      if let own, own > 0 { return own }
      return other.flatMap { $0 > 0 ? UInt64($0) : nil }
    }
    func pause(_ own: UInt64?, _ other: Int64?) -> UInt64? {
      if let own, own > 0 { return own }
      return pick(nil, other).map { max($0, shortestOfImage) }
    }
    let own = wanted ?? HealthCheck()
    return HealthCheck(
      test: own.test.flatMap { $0.isEmpty ? nil : $0 } ?? image?.Test,
      interval: pause(own.interval, image?.Interval), timeout: pick(own.timeout, image?.Timeout),
      retries: pick(own.retries, image?.Retries), startPeriod: pick(own.startPeriod, image?.StartPeriod),
      startInterval: pause(own.startInterval, image?.StartInterval))
  }

  /// Of what `merged` gave. Throws `invalidArgument`.
  package static func validate(_ check: HealthCheck?, action: HealthFailureAction?) throws(WherryError) {
    if let action {
      guard HealthFailureAction.known.contains(action) else {
        throw SpecValidation.invalid("--health-on-failure: unknown action \(action.rawValue)")
      }
      if action != .none, check.flatMap(command) == nil {
        throw SpecValidation.invalid(
          "--health-on-failure \(action) needs a health check, and neither the image nor --health-cmd has one",
          hint: "give one with --health-cmd")
      }
    }
    guard let check else { return }
    if let test = check.test, let kind = test.first {
      guard ["NONE", "CMD", "CMD-SHELL"].contains(kind), kind == "NONE" || test.count > 1 else {
        throw SpecValidation.invalid(
          "Unknown type \(Printable.text(kind).debugDescription) in healthcheck (try 'CMD')",
          hint: "give one with --health-cmd, or --no-healthcheck")
      }
      guard test.count <= SpecValidation.maximumStrings,
        test.allSatisfy({ !$0.utf8.contains(0) && $0.utf8.count < 131_072 })
      else { throw SpecValidation.invalid("--health-cmd: an argument has a NUL or is too long") }
    }
    for (name, flag, value) in [
      ("Interval", "interval", check.interval), ("Timeout", "timeout", check.timeout),
      ("StartPeriod", "start-period", check.startPeriod),
      ("StartInterval", "start-interval", check.startInterval),
    ] {
      guard let value, value > 0 else { continue }
      guard value >= shortest else {
        throw SpecValidation.invalid(
          "\(name) in Healthcheck cannot be less than 1ms", hint: "give --health-\(flag) 1ms or more")
      }
      guard value <= longest else {
        throw SpecValidation.invalid("--health-\(flag): more than a year")
      }
    }
    if let retries = check.retries, retries > 1_000_000 {
      throw SpecValidation.invalid("--health-retries: more than a million")
    }
  }
}
