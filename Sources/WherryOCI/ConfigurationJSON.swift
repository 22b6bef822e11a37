import WherryModel

/// The configuration as it stands in JSON. Absent, null and empty are the same, as Go's encoder writes them.
struct ConfigurationJSON: Codable {
  var created: String?
  var author: String?
  var architecture: String?
  var os: String?
  var variant: String?
  var config: Settings?
  var rootfs: Rootfs?
  var history: [History]?

  struct Rootfs: Codable {
    var type: String?
    var diff_ids: [String]?
  }

  struct Empty: Codable {}

  struct Settings: Codable {
    var User: String?
    var Env: [String]?
    var Entrypoint: OneOrMany?
    var Cmd: OneOrMany?
    var WorkingDir: String?
    var Labels: [String: String?]?
    var StopSignal: String?
    var ExposedPorts: [String: Empty?]?
    var Volumes: [String: Empty?]?
    var Shell: [String]?
    var Healthcheck: ImageConfiguration.Healthcheck?
  }

  struct History: Codable {
    var created: String?
    var created_by: String?
    var author: String?
    var comment: String?
    var empty_layer: Bool?
  }

  /// Docker's `strslice`: very old images have a string where a list is meant.
  struct OneOrMany: Codable {
    var values: [String]

    init(_ values: [String]) { self.values = values }

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      do {
        values = try container.decode([String].self)
      } catch {
        values = [try container.decode(String.self)]
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(values)
    }
  }
}

extension ConfigurationJSON {
  func configuration() throws(WherryError) -> ImageConfiguration {
    guard let os, let architecture, !os.isEmpty, !architecture.isEmpty else {
      throw .document("image configuration names no operating system or no architecture")
    }
    guard let rootfs, rootfs.type ?? "layers" == "layers" else {
      throw .document("image configuration has no root of layers")
    }
    let texts = rootfs.diff_ids ?? []
    guard texts.count <= Manifest.maximumLayers, (history?.count ?? 0) <= ImageConfiguration.maximumHistory
    else { throw .document("image configuration has too many layers or too long a history") }
    var diffIDs: [Digest] = []
    for text in texts {
      do { diffIDs.append(try Digest(text)) } catch { throw .document("diff ID: \(error.message)") }
    }
    return ImageConfiguration(
      created: created.flatMap(RFC3339.parse), author: author.nonEmpty,
      platform: Platform(os: os, architecture: architecture, variant: variant.nonEmpty),
      config: config?.settings ?? .init(), diffIDs: diffIDs,
      history: (history ?? []).map {
        .init(
          created: $0.created.flatMap(RFC3339.parse), createdBy: $0.created_by, author: $0.author,
          comment: $0.comment, emptyLayer: $0.empty_layer ?? false)
      })
  }

  init(_ image: ImageConfiguration) {
    created = image.created.map(RFC3339.format)
    author = image.author
    architecture = image.platform.architecture
    os = image.platform.os
    variant = image.platform.variant
    config = Settings(image.config)
    rootfs = Rootfs(type: "layers", diff_ids: image.diffIDs.map(\.description))
    history = image.history.map {
      History(
        created: $0.created.map(RFC3339.format), created_by: $0.createdBy, author: $0.author,
        comment: $0.comment, empty_layer: $0.emptyLayer ? true : nil)
    }
  }
}

extension ConfigurationJSON.Settings {
  var settings: ImageConfiguration.Settings {
    .init(
      user: User.nonEmpty, environment: Env ?? [], entrypoint: Entrypoint?.values.nonEmpty,
      command: Cmd?.values.nonEmpty, workingDirectory: WorkingDir.nonEmpty,
      labels: (Labels ?? [:]).compactMapValues(\.self), stopSignal: StopSignal.nonEmpty,
      exposedPorts: (ExposedPorts ?? [:]).keys.sorted(), volumes: (Volumes ?? [:]).keys.sorted(),
      shell: Shell?.nonEmpty, healthcheck: Healthcheck)
  }

  init(_ settings: ImageConfiguration.Settings) {
    User = settings.user
    Env = settings.environment.nonEmpty
    Entrypoint = settings.entrypoint.map(ConfigurationJSON.OneOrMany.init)
    Cmd = settings.command.map(ConfigurationJSON.OneOrMany.init)
    WorkingDir = settings.workingDirectory
    Labels = settings.labels.isEmpty ? nil : settings.labels.mapValues(Optional.some)
    StopSignal = settings.stopSignal
    ExposedPorts = Self.set(settings.exposedPorts)
    Volumes = Self.set(settings.volumes)
    Shell = settings.shell
    Healthcheck = settings.healthcheck
  }

  private static func set(_ keys: [String]) -> [String: ConfigurationJSON.Empty?]? {
    guard !keys.isEmpty else { return nil }
    return Dictionary(keys.map { ($0, ConfigurationJSON.Empty()) }, uniquingKeysWith: { first, _ in first })
  }
}

extension Optional where Wrapped == String {
  fileprivate var nonEmpty: String? { flatMap { $0.isEmpty ? nil : $0 } }
}

extension Array {
  fileprivate var nonEmpty: [Element]? { isEmpty ? nil : self }
}
