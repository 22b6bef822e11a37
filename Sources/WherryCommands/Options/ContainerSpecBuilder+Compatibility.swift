import WherryWire

/// Flags that Docker takes on Linux and that do little or nothing.
extension ContainerSpecBuilder {
  func addCompatibility(to spec: inout ContainerSpec) throws(UsageError) {
    if let isolation = options.isolation, !["", "default"].contains(isolation.lowercased()) {
      throw UsageError(message: "invalid isolation \(GoQuote.quote(isolation)) on linux")
    }
    if let domain = options.domainname, !domain.isEmpty {
      // As Docker's daemon hands it to the OCI runtime.
      spec.sysctls = (spec.sysctls ?? [:]).merging(["kernel.domainname": domain]) { $1 }
    }
    _ = try streams()
  }

  /// What Docker's daemon says on Linux.
  func warnings() throws(UsageError) -> [String] {
    var warnings: [String] = []
    if options.oomKillDisable {
      warnings.append("Your kernel does not support OomKillDisable. OomKillDisable discarded.")
    }
    if let text = options.memorySwappiness, text != "-1" {
      try value("memory-swappiness", text) { () throws(OptionError) in
        guard let number = UInt64(text), number <= 100 else {
          throw OptionError("valid memory swappiness range is 0-100")
        }
      }
      warnings.append(
        "Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. "
          + "Memory swappiness discarded.")
    }
    if let text = options.kernelMemory {
      let size = try value("kernel-memory", text) { () throws(OptionError) in try MemorySize.parse(text) }
      if size > 0 { warnings.append("Kernel memory limits are deprecated. Kernel memory limit discarded.") }
    }
    return warnings
  }

  /// Which streams `--attach` chose; all where there is none.
  func streams() throws(UsageError) -> AttachedStreams {
    guard !options.attach.isEmpty else { return AttachedStreams() }
    var streams = AttachedStreams(stdin: false, stdout: false, stderr: false)
    for text in options.attach {
      switch text.lowercased() {
      case "stdin": streams.stdin = true
      case "stdout": streams.stdout = true
      case "stderr": streams.stderr = true
      default:
        throw UsageError(
          message: "invalid argument \(GoQuote.quote(text)) for \"-a, --attach\" flag: "
            + "valid streams are STDIN, STDOUT and STDERR")
      }
    }
    return streams
  }
}

/// The streams of a container that a client holds.
struct AttachedStreams: Sendable, Equatable {
  var stdin = true
  var stdout = true
  var stderr = true
}
