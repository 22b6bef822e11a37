import WherryWire

/// An image as `docker image inspect` prints it (Engine API 1.43, ImageInspect).
enum ImageInspect {
  static func value(_ detail: ImageDetail) -> Value {
    [
      "Id": .string(detail.id),
      "RepoTags": .strings(detail.references.filter { ReferenceName($0).tag != nil }.map(familiar)),
      "RepoDigests": .strings(detail.digests.map(familiar)),
      "Parent": "",
      "Comment": "",
      "Created": .time(detail.created),
      "Author": .string(detail.author ?? ""),
      "Config": config(detail.config),
      "Architecture": .string(detail.architecture),
      "Variant": .string(detail.variant ?? ""),
      "Os": .string(detail.os),
      "Size": .unsigned(detail.size),
      "GraphDriver": ["Data": nil, "Name": "overlay"],
      "RootFS": ["Type": "layers", "Layers": .strings(detail.layers)],
      "Pinned": .bool(detail.pinned ?? false),
    ]
  }

  static func familiar(_ reference: String) -> String {
    let name = ReferenceName(reference)
    return name.repository + (name.tag.map { ":" + $0 } ?? "") + (name.digest.map { "@" + $0 } ?? "")
  }

  private static func config(_ config: ImageConfig) -> Value {
    var value: Value = [
      "User": .string(config.user ?? ""),
      "ExposedPorts": set(config.exposedPorts),
      "Env": .strings(config.environment ?? []),
      "Cmd": .stringsOrNull(config.command),
      "Volumes": set(config.volumes),
      "WorkingDir": .string(config.workingDirectory ?? ""),
      "Entrypoint": .stringsOrNull(config.entrypoint),
      "Labels": config.labels.map(Value.map) ?? .null,
      "StopSignal": .string(config.stopSignal ?? ""),
    ]
    if config.healthCheck != nil { value.append("Healthcheck", HealthView.check(config.healthCheck)) }
    return value
  }

  /// A Go set: a map whose values are empty.
  private static func set(_ names: [String]?) -> Value {
    guard let names, !names.isEmpty else { return nil }
    return .object(names.map { .init(key: $0, value: [:]) })
  }
}
