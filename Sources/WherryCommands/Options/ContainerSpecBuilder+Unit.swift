import WherryWire

extension ContainerSpecBuilder {
  /// Podman's `--sdnotify`.
  func addReadiness(to spec: inout ContainerSpec) throws(UsageError) {
    spec.readiness = try options.sdnotify.map { (text) throws(UsageError) in
      guard let source = ReadinessSource(name: text) else {
        throw UsageError(
          message: "invalid value \(GoQuote.quote(text)) for --sdnotify: "
            + "supported values are container, conmon, healthy and ignore")
      }
      return source
    }
    spec.readinessTimeout = try options.sdnotifyTimeout.map { (text) throws(UsageError) in
      try value("sdnotify-timeout", text) { () throws(OptionError) in try IsolationOption.number(text) }
    }
  }

  /// Docker's `--log-driver` and `--log-opt`.
  func log() throws(UsageError) -> LogConfig? {
    guard options.logDriver != nil || !options.logOpt.isEmpty else { return nil }
    var pairs: [String: String] = [:]
    for text in options.logOpt {
      guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
        throw UsageError(message: "invalid logging opt: \(GoQuote.quote(text)): write NAME=VALUE")
      }
      pairs[String(text[..<equals])] = String(text[text.index(after: equals)...])
    }
    return LogConfig(driver: options.logDriver, options: pairs.isEmpty ? nil : pairs)
  }
}
