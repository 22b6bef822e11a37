import WherryLinux
package import WherryModel
package import WherryWire

/// Refuses a request at once, with the flag that is wrong and what to write instead, rather than at the start.
package enum SpecValidation {
  /// Docker's minimum: below it not even the runtime fits.
  package static let minimumMemory: UInt64 = 6 << 20
  package static let maximumStrings = 1 << 16

  package static func validate(_ spec: ContainerSpec, processors: Int) throws(WherryError) {
    guard !spec.image.isEmpty else { throw invalid("no image given", hint: "name an image, such as alpine") }
    try strings(spec)
    if let name = spec.name { _ = try ContainerName(name) }
    if let hostname = spec.hostname { try validateHostname(hostname) }
    if let signal = spec.stopSignal { try validateSignal(signal, flag: "--stop-signal") }
    if let timeout = spec.stopTimeout, timeout > 365 * 86400 {
      throw invalid("--stop-timeout: \(timeout) seconds is more than a year")
    }
    if let user = spec.user { _ = try UserName(user) }
    if let resources = spec.resources {
      try validate(resources, processors: processors)
      try ResourceValidation.validate(resources)
    }
    if let security = spec.security { try validate(security) }
    try IsolationValidation.validate(spec)
    try UserNamespaceMode.validate(spec)
    try DeviceValidation.validate(spec)
    try validateRestart(spec)
    try NetworkValidation.validate(spec)
    try MountPlan.validate(spec.mounts ?? [])
  }

  static func invalid(_ message: String, hint: String? = nil) -> WherryError {
    WherryError(.invalidArgument, message, hint: hint)
  }

  package static func validateSignal(_ text: String, flag: String) throws(WherryError) {
    guard Signal.number(text) != nil else {
      throw invalid(
        "\(flag): unknown signal \(Printable.text(text).debugDescription)",
        hint: "write a name such as TERM or SIGTERM, or a number from 1 to 64")
    }
  }

  /// hostname(7): at most 64 bytes for the kernel; labels as RFC 1123 has them.
  private static func validateHostname(_ text: String) throws(WherryError) {
    let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let isValid =
      text.utf8.count <= 64
      && labels.allSatisfy { label in
        (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
          && label.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
              || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
          }
      }
    guard isValid else {
      throw invalid(
        "--hostname: invalid host name \(Printable.text(text).debugDescription)",
        hint: "letters, digits and hyphens in labels joined by dots, at most 64 in all")
    }
  }

  private static func validate(_ resources: Resources, processors: Int) throws(WherryError) {
    if let memory = resources.memory, memory < minimumMemory {
      throw invalid("--memory: \(memory) bytes is below the minimum of 6m", hint: "give 6m or more")
    }
    if let memory = resources.memory, memory > UInt64(Int64.max) { throw invalid("--memory: too large") }
    if let cpus = resources.nanoCPUs {
      let maximum = UInt64(max(1, processors)) * 1_000_000_000
      guard (10_000_000...maximum).contains(cpus) else {
        throw invalid(
          "--cpus: this device has \(max(1, processors)) processors",
          hint: "give a number from 0.01 to \(max(1, processors))")
      }
    }
    if let swap = resources.memorySwap {
      guard let memory = resources.memory, swap >= memory else {
        throw invalid(
          "--memory-swap is memory and swap together, and needs --memory",
          hint: "give --memory too, and at least as much here")
      }
    }
    if let reserved = resources.memoryReservation, reserved > resources.memory ?? UInt64(Int64.max) {
      throw invalid("--memory-reservation is above --memory", hint: "give less than --memory")
    }
    if let shares = resources.cpuShares, !(2...262_144).contains(shares) {
      throw invalid("--cpu-shares: \(shares) is out of range", hint: "give 2 to 262144; 1024 is usual")
    }
    if let pids = resources.pidsLimit {
      guard (1...4_194_304).contains(pids) else {
        throw invalid(
          "--pids-limit: \(pids) is out of range", hint: "give 1 to 4194304, or leave it out for no limit")
      }
    }
  }

  private static func validate(_ security: Security) throws(WherryError) {
    _ = try Capabilities.resolve(
      added: security.addedCapabilities ?? [], dropped: security.droppedCapabilities ?? [], privileged: false)
    if let profile = security.apparmorProfile,
      profile.isEmpty || profile.utf8.contains(0) || profile.utf8.count > 256
    {
      throw invalid(
        "--security-opt apparmor: no profile's name", hint: "aa-status lists those that are loaded")
    }
    if let profile = security.seccompProfile, profile != "unconfined" {
      guard profile.hasPrefix("/") else {
        throw invalid(
          "--security-opt seccomp: \(Printable.text(profile).debugDescription) is not an absolute path",
          hint: "give the path of a profile on the device, or unconfined")
      }
    }
  }

  private static func validateRestart(_ spec: ContainerSpec) throws(WherryError) {
    guard let policy = spec.restart else { return }
    switch policy.kind {
    case .no, .always, .unlessStopped:
      guard policy.maximumRetries == nil else {
        throw invalid("--restart: only on-failure takes a number of retries", hint: "write on-failure:3")
      }
    case .onFailure: break
    default:
      throw invalid(
        "--restart: unknown policy \(policy.kind.rawValue)",
        hint: "no, always, on-failure[:N] or unless-stopped")
    }
    if spec.autoRemove ?? false, policy.kind != .no {
      throw invalid("--rm and --restart exclude each other", hint: "leave one of them out")
    }
  }

  private static func strings(_ spec: ContainerSpec) throws(WherryError) {
    let lists = [
      ("command", spec.command), ("--entrypoint", spec.entrypoint), ("--env", spec.environment),
      ("--label", spec.labels.map { Array($0.keys) + Array($0.values) }),
    ]
    for (flag, list) in lists {
      guard let list else { continue }
      guard list.count <= maximumStrings else { throw invalid("\(flag): more than \(maximumStrings) values") }
      for text in list {
        // execve(2) takes no single string over 128 KiB (MAX_ARG_STRLEN).
        guard !text.utf8.contains(0), text.utf8.count < 131_072 else {
          throw invalid(
            "\(flag): \(Printable.text(text, limit: 40).debugDescription) has a NUL or is too long")
        }
      }
    }
    if spec.labels?.keys.contains("") ?? false { throw invalid("--label: a label has no name") }
  }
}
