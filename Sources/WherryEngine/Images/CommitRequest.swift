package import WherryModel
package import WherryOCI
import WherryWire

/// What `commit` was asked for.
package struct CommitRequest: Sendable, Equatable {
  package var reference: String?
  package var author: String?
  package var message: String?
  /// Dockerfile instructions.
  package var changes: [String]
  /// The container's processes stand still meanwhile.
  package var pauses: Bool

  package init(
    reference: String? = nil, author: String? = nil, message: String? = nil, changes: [String] = [],
    pauses: Bool = true
  ) {
    self.reference = reference
    self.author = author
    self.message = message
    self.changes = changes
    self.pauses = pauses
  }

  /// The new image's configuration but for its own layer: as Docker, the image's, over it what the container was
  /// created with, over that the changes. `image` is nil where it is gone; `layers` are diff IDs.
  package func configuration(
    of record: ContainerRecord, image: ImageConfiguration?, layers: [Digest], platform: Platform,
    at now: Timestamp
  ) throws(WherryError) -> ImageConfiguration {
    guard layers.count < Manifest.maximumLayers else {
      throw WherryError(
        .resourceExhausted,
        "commit: the image of container \(record.name) has \(layers.count) layers, and no image may have more",
        hint: "make one layer of it: wherry export \(record.name) | wherry import - NAME")
    }
    var result = ImageConfiguration(
      created: now, author: author, platform: image?.platform ?? platform,
      config: try Self.settings(of: record, image?.config), diffIDs: layers, history: image?.history ?? [])
    guard result.history.count < ImageConfiguration.maximumHistory else {
      throw WherryError(.resourceExhausted, "commit: the image's history has no room for one more entry")
    }
    try ImportChanges.apply(changes, to: &result.config)
    result.history.append(
      .init(
        created: now, createdBy: record.arguments.joined(separator: " "), author: author, comment: message))
    return result
  }

  private static func settings(
    of record: ContainerRecord, _ image: ImageConfiguration.Settings?
  ) throws(WherryError) -> ImageConfiguration.Settings {
    let spec = record.spec
    var settings = image ?? .init(environment: record.environment)
    var environment = EnvironmentList(settings.environment)
    try environment.apply(spec.environment ?? [])
    settings.environment = environment.entries
    let command = spec.command.flatMap { $0.isEmpty ? nil : $0 }
    if let entrypoint = spec.entrypoint {
      settings.entrypoint = entrypoint.isEmpty || entrypoint == [""] ? nil : entrypoint
      settings.command = command
    } else if let command {
      settings.command = command
    } else if image == nil {
      settings.command = record.arguments
    }
    if let directory = spec.workingDirectory { settings.workingDirectory = directory }
    if let user = spec.user { settings.user = user }
    if let signal = spec.stopSignal { settings.stopSignal = signal }
    // These have the image's part already.
    settings.labels = spec.labels ?? [:]
    settings.healthcheck = spec.healthCheck.map { check in
      func signed(_ value: UInt64?) -> Int64? { value.map { Int64(clamping: $0) } }
      return .init(
        Test: check.test, Interval: signed(check.interval), Timeout: signed(check.timeout),
        StartPeriod: signed(check.startPeriod), Retries: signed(check.retries),
        StartInterval: signed(check.startInterval))
    }
    return settings
  }
}
