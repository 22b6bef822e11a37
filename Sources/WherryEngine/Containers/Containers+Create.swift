import WherryLinux
package import WherryModel
import WherryOCI
package import WherryWire

extension Containers {
  package struct Created: Sendable, Equatable {
    package var id: ContainerID
    package var warnings: [String]
  }

  /// Checks the request, and makes the container durable before anybody can see it.
  package func create(_ spec: ContainerSpec, platform: Platform? = nil) async throws -> Created {
    try SpecValidation.validate(spec, processors: context.settings.processors)
    if let resources = spec.resources { try context.settings.limits.check(resources) }
    let image = try await context.images.require(spec.image)
    let resolved = try ResolvedConfiguration(spec, image: image.configuration.config)
    try SpecValidation.validateSignal(resolved.stopSignal, flag: "the image's STOPSIGNAL")

    let healthCheck = HealthPlan.merged(spec.healthCheck, image.configuration.config.healthcheck)
    try HealthPlan.validate(healthCheck, action: spec.healthFailureAction)

    let id = ContainerID.random()
    try checkRequirements(spec, id)
    let name = try reserveName(spec.name, id: id, image: image.id.description)
    do {
      guard try await context.images.exists(image) else { throw ImageLookup.notFound(spec.image) }
      var labelled = spec
      labelled.labels = Self.labels(spec, image.configuration.config)
      labelled.healthCheck = healthCheck
      let record = ContainerRecord(
        id: id.rawValue, name: name.rawValue, spec: labelled, imageID: image.id.description,
        layers: image.configuration.layerIDs.map(\.description), created: Timestamp.now(),
        arguments: resolved.arguments, environment: resolved.environment,
        workingDirectory: resolved.workingDirectory, user: resolved.user, stopSignal: resolved.stopSignal,
        desired: .neverStarted, image: spec.image)
      let context = self.context
      try await Shield.run { try await context.records.create(record, for: id) }
      let entry = ContainerEntry(id: id, created: record)
      context.table.insert(entry)
      context.record("create", of: entry)
    } catch {
      context.table.remove(id, image: image.id.description)
      throw error
    }
    return Created(id: id, warnings: warnings(spec, image.configuration))
  }

  private func reserveName(
    _ wanted: String?, id: ContainerID, image: String
  ) throws(WherryError) -> ContainerName {
    let limit = context.settings.maximumContainers
    if let wanted {
      let name = try ContainerName(wanted)
      try context.table.reserve(id, name: name, image: image, limit: limit)
      return name
    }
    var generator = SystemRandomNumberGenerator()
    for attempt in 0... {
      let name = try ContainerName(GeneratedNames.candidate(attempt: attempt, using: &generator))
      do throws(WherryError) {
        try context.table.reserve(id, name: name, image: image, limit: limit)
        return name
      } catch {
        guard error.code == .conflict, attempt < 64, context.table.isTaken(name) else { throw error }
      }
    }
    throw WherryError(.resourceExhausted, "no container name is free", hint: "give one with --name")
  }

  /// As Docker: the image's, and over them the container's. They are for people and filters only (A14).
  private static func labels(_ spec: ContainerSpec, _ image: ImageConfiguration.Settings) -> [String: String]?
  {
    let labels = image.labels.merging(spec.labels ?? [:]) { _, own in own }
    return labels.isEmpty ? nil : labels
  }

  private func warnings(_ spec: ContainerSpec, _ image: ImageConfiguration) -> [String] {
    var warnings: [String] = []
    let platform = context.settings.platform
    if image.platform.os != platform.os || image.platform.architecture != platform.architecture {
      warnings.append("the image is for \(image.platform), this device is \(platform): it may not run")
    }
    if spec.security?.privileged ?? false {
      warnings.append("a privileged container can do all that root can do on this device")
    }
    return warnings
  }
}
