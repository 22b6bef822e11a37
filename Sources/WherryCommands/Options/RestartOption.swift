import WherryWire

/// `--restart no|always|unless-stopped|on-failure[:N]`.
enum RestartOption {
  static func parse(_ text: String) throws(OptionError) -> RestartPolicy {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count <= 2 else { throw OptionError("invalid restart policy format: \(text)") }
    let kind: RestartKind
    switch parts[0] {
    case "no", "": kind = .no
    case "always": kind = .always
    case "unless-stopped": kind = .unlessStopped
    case "on-failure": kind = .onFailure
    default:
      throw OptionError(
        "invalid restart policy: unknown policy '\(parts[0])'; "
          + "use one of 'no', 'always', 'on-failure', or 'unless-stopped'")
    }
    var policy = RestartPolicy(kind: kind)
    if parts.count == 2 {
      guard let retries = UInt64(parts[1]) else {
        throw OptionError("invalid restart policy format: maximum retry count must be an integer")
      }
      guard kind == .onFailure else {
        throw OptionError("invalid restart policy: maximum retry count can only be used with 'on-failure'")
      }
      // Docker's zero means no bound.
      if retries > 0 { policy.maximumRetries = retries }
    }
    return policy
  }
}
