import WherryLinux
package import WherryModel
import WherryOCI
package import WherryWire

extension Containers {
  package struct Created: Sendable, Equatable {
    package var id: ContainerID
    package var warnings: [String]
  }

  /// Checks the request, and makes the container durable before anybody can see it. One that is started at once
  /// (`toRun`) and removes itself is not: a boot would remove it. The volumes made for it are why it may have to be.
  package func create(
    _ spec: ContainerSpec, platform: Platform? = nil, toRun: Bool = false
  ) async throws -> Created {
    try SpecValidation.validate(spec, processors: context.settings.processors)
    if let resources = spec.resources { try context.settings.limits.check(resources) }
    let image = try await context.images.require(spec.image)
    let resolved = try ResolvedConfiguration(spec, image: image.configuration.config)
    try SpecValidation.validateSignal(resolved.stopSignal, flag: "the image's STOPSIGNAL")

    let healthCheck = HealthPlan.merged(spec.healthCheck, image.configuration.config.healthcheck)
    try HealthPlan.validate(healthCheck, action: spec.healthFailureAction)

    var complete = spec
    complete.healthCheck = healthCheck
    try ReadinessPlan.validate(complete)
    try LogPlan.validate(spec.log, supervisor: context.supervisor.name)

    let id = ContainerID.random()
    var spec = spec
    spec.joinedNamespaces = try resolveJoins(spec)
    try checkRequirements(spec, id)
    let attachments = try await context.networks.resolve(spec)
    let mounts = try completeMounts(spec, image: image.configuration.config)
    let name = try reserveName(spec.name, id: id, image: image.id.description)
    do {
      try await takeVolumes(mounts, for: id)
      guard try await context.images.exists(image) else { throw ImageLookup.notFound(spec.image) }
      var labelled = spec
      labelled.labels = Self.labels(spec, image.configuration.config)
      labelled.healthCheck = healthCheck
      labelled.networks = attachments
      labelled.exposed = try Self.exposed(spec, image.configuration.config)
      labelled.mounts = mounts.isEmpty ? nil : mounts
      var endpoints: [EndpointRecord]?
      if case .networks = try NetworkChoice(attachments) {
        endpoints = EndpointRecord.named(try context.networks.lease(attachments, for: id))
      }
      var record = ContainerRecord(
        id: id.rawValue, name: name.rawValue, spec: labelled, imageID: image.id.description,
        layers: image.configuration.layerIDs.map(\.description), created: Timestamp.now(),
        arguments: resolved.arguments, environment: resolved.environment,
        workingDirectory: resolved.workingDirectory, user: resolved.user, stopSignal: resolved.stopSignal,
        desired: .neverStarted, image: spec.image, endpoints: endpoints)
      record.idRange = try await reserveIDs(id, spec)
      let (context, complete) = (self.context, record)
      let isTransient = toRun && spec.autoRemove ?? false && !mounts.contains { $0.anonymous ?? false }
      try await Shield.run {
        try await context.records.create(complete, for: id, isTransient: isTransient)
      }
      let entry = ContainerEntry(id: id, created: record)
      context.table.insert(entry)
      context.record("create", of: entry)
      // What it replaces may go now.
      if !(complete.spec.autoRemove ?? false) { context.cleanups.send() }
    } catch {
      context.networks.release(id)
      await letGo(mounts, of: id)
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

  /// The image's ports and the container's, those that are published too.
  private static func exposed(
    _ spec: ContainerSpec, _ image: ImageConfiguration.Settings
  ) throws(WherryError) -> [String]? {
    var ports: Set<ExposedPort> = []
    for text in image.exposedPorts {
      // What an image says nobody here can mend.
      do { ports.insert(try ExposedPort(text)) } catch { continue }
    }
    for text in spec.exposed ?? [] { ports.insert(try ExposedPort(text)) }
    for port in spec.ports ?? [] { ports.insert(try ExposedPort("\(port.containerPort)/\(port.protocol)")) }
    guard ports.count <= NetworkValidation.maximumPorts else {
      throw SpecValidation.invalid("more than \(NetworkValidation.maximumPorts) ports are exposed")
    }
    let sorted = ports.sorted { ($0.port, $0.transport.rawValue) < ($1.port, $1.transport.rawValue) }
    return sorted.isEmpty ? nil : sorted.map(\.description)
  }

  private func warnings(_ spec: ContainerSpec, _ image: ImageConfiguration) -> [String] {
    var warnings: [String] = []
    let platform = context.settings.platform
    if image.platform.os != platform.os || image.platform.architecture != platform.architecture {
      warnings.append("the image is for \(image.platform), this device is \(platform): it may not run")
    }
    if spec.networks?.first?.name == "host", !(spec.ports ?? []).isEmpty || spec.publishAll ?? false {
      warnings.append("Published ports are discarded when using host network mode")
    }
    if spec.security?.privileged ?? false {
      warnings.append("a privileged container can do all that root can do on this device")
    }
    return warnings
  }
}
