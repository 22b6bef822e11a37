import WherryEngine
import WherryModel
import WherryOCI
import WherryWire

extension ContainerSnapshot {
  func summary(ports: [PortBinding]?) -> ContainerSummary {
    let mounts = (record.spec.mounts ?? []).compactMap(\.source)
    return ContainerSummary(
      id: record.id, name: record.name, image: record.image, imageID: record.imageID,
      command: record.arguments,
      created: record.created, state: state, startedAt: startedAt, finishedAt: finishedAt,
      exitCode: exit?.code, labels: record.spec.labels, restartCount: restartCount == 0 ? nil : restartCount,
      mounts: mounts.isEmpty ? nil : mounts, networks: ContainerRecordFacts.networks(record),
      health: isUp ? health?.state : nil, ports: isUp ? ports : nil, nextStart: nextStart)
  }

  var status: ContainerStatus {
    ContainerStatus(
      state: state, pid: pid.flatMap { UInt64(exactly: $0) }, exitCode: exit?.code, startedAt: startedAt,
      finishedAt: finishedAt, outOfMemory: exit?.outOfMemory, error: exit?.error,
      restartCount: restartCount == 0 ? nil : restartCount, health: health,
      nextStart: nextStart, droppedMessages: droppedMessages.flatMap { $0 == 0 ? nil : $0 })
  }
}

extension Engine {
  func detail(of snapshot: ContainerSnapshot) throws(WherryError) -> ContainerDetail {
    let record = snapshot.record
    let isSystemd = supervisorName == "systemd"
    let id = try ContainerID(record.id)
    return ContainerDetail(
      id: record.id, name: record.name, spec: record.spec, imageID: record.imageID, created: record.created,
      status: snapshot.status, arguments: record.arguments, environment: record.environment,
      workingDirectory: record.workingDirectory, user: record.user,
      rootDirectory: rootDirectory(of: id), supervisor: supervisorName,
      unit: isSystemd ? "wherry-\(record.id).service" : nil, stopSignal: record.stopSignal,
      logDriver: LogPlan.driver(record.spec.log, supervisor: supervisorName), idRange: record.idRange,
      endpoints: endpoints(of: id),
      ports: ports(of: record), networkNamespace: networks.namespace(of: id),
      mountPoints: mountPoints(of: record))
  }
}

extension Image {
  func summary(users: Int) -> ImageSummary {
    let labels = configuration.config.labels
    return ImageSummary(
      id: id.description, references: references.map(\.familiar), digests: digests.map(\.familiar),
      created: created, size: size, labels: labels.isEmpty ? nil : labels, containers: UInt64(users),
      pinned: isPinned ? true : nil)
  }

  var detail: ImageDetail {
    ImageDetail(
      id: id.description, references: references.map(\.familiar), digests: digests.map(\.familiar),
      created: created, size: size, architecture: configuration.platform.architecture,
      os: configuration.platform.os, variant: configuration.platform.variant, author: configuration.author,
      config: configuration.config.wire, layers: configuration.diffIDs.map(\.description),
      pinned: isPinned ? true : nil)
  }
}

extension ImageConfiguration.Settings {
  var wire: ImageConfig {
    ImageConfig(
      user: user, environment: environment.nonEmpty, entrypoint: entrypoint, command: command,
      workingDirectory: workingDirectory, labels: labels.isEmpty ? nil : labels, stopSignal: stopSignal,
      exposedPorts: exposedPorts.nonEmpty, volumes: volumes.nonEmpty,
      healthCheck: HealthPlan.merged(nil, healthcheck))
  }
}

extension Array {
  fileprivate var nonEmpty: [Element]? { isEmpty ? nil : self }
}
