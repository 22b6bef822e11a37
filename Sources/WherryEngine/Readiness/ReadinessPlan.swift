package import WherryModel
package import WherryWire

/// How a start waits until a container is ready; none where its start is all there is to wait for.
package struct ReadinessPlan: Sendable, Equatable {
  package enum Source: String, Sendable {
    /// Its own process says `READY=1`, sd_notify(3).
    case container
    /// Its health check finds it well.
    case healthy
  }

  /// systemd's own default.
  package static let defaultTimeout: UInt64 = 90
  package static let longestTimeout: UInt64 = 86_400

  package var source: Source
  /// Seconds.
  package var timeout: UInt64

  package init(source: Source, timeout: UInt64 = defaultTimeout) {
    self.source = source
    self.timeout = timeout
  }

  /// Nil where nothing is waited for.
  package init?(_ spec: ContainerSpec) {
    switch spec.readiness {
    case .container: source = .container
    case .healthy: source = .healthy
    default: return nil
    }
    timeout = spec.readinessTimeout ?? Self.defaultTimeout
  }

  /// Of a spec whose health check is merged with the image's. Throws `invalidArgument`.
  package static func validate(_ spec: ContainerSpec) throws(WherryError) {
    if let source = spec.readiness, !ReadinessSource.known.contains(source) {
      throw SpecValidation.invalid(
        "--sdnotify: unknown mode \(source.rawValue)", hint: "container, conmon, healthy or ignore")
    }
    guard let plan = ReadinessPlan(spec) else {
      if spec.readinessTimeout != nil {
        throw SpecValidation.invalid(
          "--sdnotify-timeout: nothing is waited for", hint: "add --sdnotify=container or --sdnotify=healthy")
      }
      return
    }
    guard (1...longestTimeout).contains(plan.timeout) else {
      throw SpecValidation.invalid("--sdnotify-timeout: \(plan.timeout) is not from 1 second to a day")
    }
    if spec.terminal ?? false || spec.openStdin ?? false {
      throw SpecValidation.invalid(
        "--sdnotify=\(plan.source.rawValue): a container with a terminal or open input is ready when it is started",
        hint: "leave out --interactive and --tty, or --sdnotify")
    }
    if plan.source == .healthy, HealthPlan(spec) == nil {
      throw SpecValidation.invalid(
        "--sdnotify=healthy needs a health check, and neither the image nor --health-cmd has one",
        hint: "give one with --health-cmd")
    }
  }
}
