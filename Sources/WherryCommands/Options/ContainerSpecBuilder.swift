import WherryModel
import WherryWire

/// Turns the flags of `run` and `create` into what is asked of the daemon. Pure but for the files
/// it is told to read through `readFile`.
struct ContainerSpecBuilder {
  var options: ContainerOptions
  var image: String
  var command: [String]
  var workingDirectory: String
  var environment: (String) -> String?
  var readFile: (String) throws -> [UInt8]

  func spec() throws -> ContainerSpec {
    var spec = ContainerSpec(image: image)
    spec.name = options.name
    if !command.isEmpty { spec.command = command }
    spec.entrypoint = options.entrypoint.map { $0.isEmpty ? [] : [$0] }
    spec.environment = try entries()
    spec.workingDirectory = options.workdir
    spec.user = options.user
    spec.hostname = options.hostname
    spec.labels = try labels()
    spec.mounts = try mounts()
    if !options.volumesFrom.isEmpty { spec.volumesFrom = options.volumesFrom }
    if options.readOnly { spec.readOnlyRoot = true }
    spec.resources = try resources()
    spec.security = try value("security-opt", options.securityOpt.last ?? "") { () throws(OptionError) in
      try SecurityOption.parse(
        options.securityOpt, added: options.capAdd, dropped: options.capDrop, privileged: options.privileged)
    }
    spec.restart = try options.restart.map { text in
      try value("restart", text) { () throws(OptionError) in try RestartOption.parse(text) }
    }
    if options.rm, let kind = spec.restart?.kind, kind != .no {
      throw UsageError(message: "conflicting options: cannot specify both --restart and --rm")
    }
    spec.stopSignal = options.stopSignal
    spec.stopTimeout = try options.stopTimeout.map { try seconds("stop-timeout", $0) }
    try addNetwork(to: &spec)
    if options.interactive { spec.openStdin = true }
    if options.tty { spec.terminal = true }
    if options.rm { spec.autoRemove = true }
    try addIsolation(to: &spec)
    try addHealth(to: &spec)
    try addCompatibility(to: &spec)
    try addReadiness(to: &spec)
    spec.log = try log()
    let required = options.requires.flatMap { $0.split(separator: ",").map(String.init) }
    if !required.isEmpty { spec.requires = required }
    return spec
  }

  func pullPolicy() throws(UsageError) -> PullPolicy? { try PullPolicy.named(options.pull, flag: "pull") }

  func value<Result>(
    _ flag: String, _ text: String, _ parse: () throws(OptionError) -> Result
  ) throws(UsageError) -> Result {
    try RunVerb.option(flag, text, parse)
  }

  private func entries() throws -> [String]? {
    let files = try options.envFile.map { (name: $0, bytes: try readFile($0)) }
    let entries = try value("env", options.env.last ?? "") { () throws(OptionError) in
      try EnvironmentOption.entries(options.env, files: files, lookUp: environment)
    }
    return entries.isEmpty ? nil : entries
  }

  private func labels() throws -> [String: String]? {
    let files = try options.labelFile.map { (name: $0, bytes: try readFile($0)) }
    let labels = try value("label", options.label.last ?? "") { () throws(OptionError) in
      try LabelOption.labels(options.label, files: files)
    }
    return labels.isEmpty ? nil : labels
  }

  private func mounts() throws(UsageError) -> [Mount]? {
    var mounts: [Mount] = []
    for text in options.volume {
      mounts.append(
        try value("volume", text) { () throws(OptionError) in
          var mount = try VolumeOption.parse(text, workingDirectory: workingDirectory)
          // As Docker: of those of --mount it says nothing.
          if mount.kind == .volume { mount.driver = options.volumeDriver }
          return mount
        })
    }
    for text in options.mount {
      mounts.append(
        try value("mount", text) { () throws(OptionError) in
          try MountOption.parse(text, workingDirectory: workingDirectory)
        })
    }
    for text in options.tmpfs {
      mounts.append(try value("tmpfs", text) { () throws(OptionError) in try MountOption.tmpfs(text) })
    }
    var seen: Set<String> = []
    for mount in mounts where !seen.insert(mount.target).inserted {
      throw UsageError(message: "Duplicate mount point: \(mount.target)")
    }
    return mounts.isEmpty ? nil : mounts
  }

  private func resources() throws(UsageError) -> Resources? {
    var resources = try options.resources.resources { flag, text, error throws(UsageError) in
      try value(flag, text) { () throws(OptionError) in throw error }
    }
    // Docker's 0 and -1 mean no limit.
    if resources.pidsLimit == .max { resources.pidsLimit = nil }
    let limits = try blockLimits()
    if !limits.isEmpty { resources.blockLimits = limits }
    return resources == Resources() ? nil : resources
  }

  private func blockLimits() throws(UsageError) -> [BlockLimit] {
    var limits = BlockLimitOptions()
    for text in options.deviceReadBps {
      try value("device-read-bps", text) { () throws(OptionError) in try limits.add(text, \.readBytes, .bytes)
      }
    }
    for text in options.deviceWriteBps {
      try value("device-write-bps", text) { () throws(OptionError) in
        try limits.add(text, \.writeBytes, .bytes)
      }
    }
    for text in options.deviceReadIops {
      try value("device-read-iops", text) { () throws(OptionError) in
        try limits.add(text, \.readOperations, .operations)
      }
    }
    for text in options.deviceWriteIops {
      try value("device-write-iops", text) { () throws(OptionError) in
        try limits.add(text, \.writeOperations, .operations)
      }
    }
    return limits.limits
  }

  private func seconds(_ flag: String, _ text: String) throws(UsageError) -> UInt64 {
    try value(flag, text) { () throws(OptionError) in try Seconds.parse(text) }
  }
}

/// `--timeout` and `--stop-timeout`.
enum Seconds {
  /// Docker's -1 waits for ever: here a hundred years.
  static func parse(_ text: String) throws(OptionError) -> UInt64 {
    guard let seconds = Int64(text), seconds <= Int64(Int32.max) else {
      throw OptionError("strconv.ParseInt: parsing \(GoQuote.quote(text)): invalid syntax")
    }
    return seconds < 0 ? 3_155_760_000 : UInt64(seconds)
  }
}
