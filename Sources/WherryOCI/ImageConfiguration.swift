package import WherryModel

/// An image's configuration (image-spec config.md): what to run, and which layers make its root.
package struct ImageConfiguration: Sendable, Equatable {
  package static let maximumHistory = 4096

  package var created: Timestamp?
  package var author: String?
  package var platform: Platform
  package var config: Settings
  /// Digests of the uncompressed layers, lowest first.
  package var diffIDs: [Digest]
  package var history: [History]
  /// The bytes it was read from; the digest of these is the image's ID. Nil when made here.
  package var raw: [UInt8]?

  /// The `config` object: defaults for a container's first process.
  package struct Settings: Sendable, Equatable {
    /// As written: `user`, `uid`, `user:group`, …; to be resolved in the image's own files.
    package var user: String?
    package var environment: [String]
    package var entrypoint: [String]?
    package var command: [String]?
    package var workingDirectory: String?
    package var labels: [String: String]
    package var stopSignal: String?
    /// `80/tcp`, sorted.
    package var exposedPorts: [String]
    /// Absolute paths, sorted.
    package var volumes: [String]
    package var shell: [String]?
    package var healthcheck: Healthcheck?

    package init(
      user: String? = nil, environment: [String] = [], entrypoint: [String]? = nil,
      command: [String]? = nil, workingDirectory: String? = nil, labels: [String: String] = [:],
      stopSignal: String? = nil, exposedPorts: [String] = [], volumes: [String] = [],
      shell: [String]? = nil, healthcheck: Healthcheck? = nil
    ) {
      self.user = user
      self.environment = environment
      self.entrypoint = entrypoint
      self.command = command
      self.workingDirectory = workingDirectory
      self.labels = labels
      self.stopSignal = stopSignal
      self.exposedPorts = exposedPorts
      self.volumes = volumes
      self.shell = shell
      self.healthcheck = healthcheck
    }
  }

  /// Docker's extension to the configuration; durations in nanoseconds.
  package struct Healthcheck: Sendable, Equatable, Codable {
    package var Test: [String]?
    package var Interval: Int64?
    package var Timeout: Int64?
    package var StartPeriod: Int64?
    package var Retries: Int64?
    package var StartInterval: Int64?

    package init(
      Test: [String]? = nil, Interval: Int64? = nil, Timeout: Int64? = nil, StartPeriod: Int64? = nil,
      Retries: Int64? = nil, StartInterval: Int64? = nil
    ) {
      self.Test = Test
      self.Interval = Interval
      self.Timeout = Timeout
      self.StartPeriod = StartPeriod
      self.Retries = Retries
      self.StartInterval = StartInterval
    }
  }

  package struct History: Sendable, Equatable {
    package var created: Timestamp?
    package var createdBy: String?
    package var author: String?
    package var comment: String?
    package var emptyLayer: Bool

    package init(
      created: Timestamp? = nil, createdBy: String? = nil, author: String? = nil, comment: String? = nil,
      emptyLayer: Bool = false
    ) {
      self.created = created
      self.createdBy = createdBy
      self.author = author
      self.comment = comment
      self.emptyLayer = emptyLayer
    }
  }

  package init(
    created: Timestamp? = nil, author: String? = nil, platform: Platform = .current,
    config: Settings = Settings(), diffIDs: [Digest] = [], history: [History] = []
  ) {
    self.created = created
    self.author = author
    self.platform = platform
    self.config = config
    self.diffIDs = diffIDs
    self.history = history
  }

  /// Reads a stored or fetched configuration and keeps its bytes. Throws `protocolViolation`.
  package init(json bytes: [UInt8]) throws(WherryError) {
    let document = try StrictJSON.decode(ConfigurationJSON.self, from: bytes, what: "image configuration")
    self = try document.configuration()
    raw = bytes
  }

  /// `raw`, or the encoding of what was made here.
  package func json() throws(WherryError) -> [UInt8] {
    if let raw { return raw }
    return try StrictJSON.encode(ConfigurationJSON(self))
  }
}
