import WherryWire

/// A container as `docker inspect` prints it (Engine API 1.43, ContainerInspect).
enum ContainerInspect {
  static func value(_ detail: ContainerDetail) -> Value {
    [
      "Id": .string(detail.id),
      "Created": .time(detail.created),
      "Path": .string(detail.arguments.first ?? ""),
      "Args": .strings(Array(detail.arguments.dropFirst())),
      "State": state(detail.status),
      "Image": .string(detail.imageID),
      "ResolvConfPath": "",
      "HostnamePath": "",
      "HostsPath": "",
      "LogPath": "",
      "Name": .string("/" + detail.name),
      "RestartCount": .unsigned(detail.status.restartCount),
      "Driver": "overlay",
      "Platform": "linux",
      "MountLabel": "",
      "ProcessLabel": "",
      "AppArmorProfile": "",
      "ExecIDs": nil,
      "HostConfig": HostConfigView.value(detail),
      "GraphDriver": ["Data": ["MergedDir": .string(detail.rootDirectory)], "Name": "overlay"],
      "Mounts": mounts(detail),
      "Config": config(detail),
      "NetworkSettings": ContainerNetworkView.settings(detail),
      "Requires": .strings(detail.spec.requires ?? []),
      "Supervisor": .string(detail.supervisor),
      "Unit": .string(detail.unit ?? ""),
    ]
  }

  private static func state(_ status: ContainerStatus) -> Value {
    let running = status.state == .running || status.state == .paused || status.state == .restarting
    var value: Value = [
      "Status": .string(status.state.label),
      "Running": .bool(running),
      "Paused": .bool(status.state == .paused),
      "Restarting": .bool(status.state == .restarting),
      "OOMKilled": .bool(status.outOfMemory ?? false),
      "Dead": .bool(status.state == .dead),
      "Pid": .unsigned(status.pid),
      "ExitCode": .unsigned(status.exitCode),
      "Error": .string(status.error ?? ""),
      "StartedAt": .time(status.startedAt),
      "FinishedAt": .time(status.finishedAt),
    ]
    if let dropped = status.droppedMessages { value.append("DroppedMessages", .unsigned(dropped)) }
    if let next = status.nextStart { value.append("NextStartAt", .time(next)) }
    if let health = status.health { value.append("Health", HealthView.state(health)) }
    return value
  }

  /// A daemon that does not tell where its mounts are has bind mounts and tmpfs only.
  private static func mounts(_ detail: ContainerDetail) -> Value {
    .array(detail.mountPoints.map { $0.map(mountPoint) } ?? (detail.spec.mounts ?? []).map(mount))
  }

  private static func mountPoint(_ mount: MountPoint) -> Value {
    var value: Value = ["Type": .string(mount.kind.label)]
    if let name = mount.name { value.append("Name", .string(name)) }
    value.append("Source", .string(mount.source))
    value.append("Destination", .string(mount.destination))
    if let driver = mount.driver { value.append("Driver", .string(driver)) }
    value.append("Mode", .string(mount.mode))
    value.append("RW", .bool(mount.writable))
    value.append("Propagation", .string(mount.propagation))
    return value
  }

  private static func mount(_ mount: Mount) -> Value {
    let options = mount.options ?? []
    let readOnly = mount.readOnly ?? false
    let mode = ((readOnly ? ["ro"] : []) + options).joined(separator: ",")
    return [
      "Type": .string(mount.kind.label),
      "Source": .string(mount.source ?? ""),
      "Destination": .string(mount.target),
      "Mode": .string(mode),
      "RW": .bool(!readOnly),
      "Propagation": .string(
        mount.kind == .bind ? options.first { VolumeOption.propagations.contains($0) } ?? "rprivate" : ""),
    ]
  }

  private static func config(_ detail: ContainerDetail) -> Value {
    let spec = detail.spec
    let command = CommandSplit.split(spec: spec, arguments: detail.arguments)
    var value: Value = [
      "Hostname": .string(spec.hostname ?? String(detail.id.prefix(12))),
      "Domainname": .string(spec.sysctls?["kernel.domainname"] ?? ""),
      "User": .string(detail.user),
      "AttachStdin": .bool(spec.openStdin ?? false),
      "AttachStdout": true,
      "AttachStderr": true,
      "Tty": .bool(spec.terminal ?? false),
      "OpenStdin": .bool(spec.openStdin ?? false),
      "StdinOnce": .bool(spec.openStdin ?? false),
      "Env": .strings(detail.environment),
      "Cmd": .stringsOrNull(command.command),
      "Image": .string(spec.image),
      "Volumes": volumes(spec),
      "WorkingDir": .string(detail.workingDirectory),
      "Entrypoint": .stringsOrNull(command.entrypoint),
      "OnBuild": nil,
      "Labels": .map(spec.labels ?? [:]),
      "StopSignal": .string(detail.stopSignal ?? ""),
      "StopTimeout": spec.stopTimeout.map { .unsigned($0) } ?? .null,
    ]
    if let exposed = spec.exposed, !exposed.isEmpty {
      value.append("ExposedPorts", .object(exposed.map { .init(key: $0, value: [:]) }))
    }
    if spec.healthCheck != nil { value.append("Healthcheck", HealthView.check(spec.healthCheck)) }
    return value
  }
}

extension ContainerInspect {
  /// The places of volumes that nobody named.
  private static func volumes(_ spec: ContainerSpec) -> Value {
    let own = (spec.mounts ?? []).filter { ($0.anonymous ?? false) && $0.origin != .container }
    return own.isEmpty ? .null : .object(own.map { .init(key: $0.target, value: [:]) })
  }
}

extension MountKind {
  var label: String {
    switch self {
    case .bind: "bind"
    case .volume: "volume"
    case .tmpfs: "tmpfs"
    default: "unknown(\(rawValue))"
    }
  }
}

/// Which part of the resolved command line was the entrypoint.
enum CommandSplit {
  static func split(
    spec: ContainerSpec, arguments: [String]
  ) -> (entrypoint: [String]?, command: [String]?) {
    if let entrypoint = spec.entrypoint, arguments.starts(with: entrypoint) {
      let command = Array(arguments.dropFirst(entrypoint.count))
      return (entrypoint.isEmpty ? nil : entrypoint, command.isEmpty ? nil : command)
    }
    if let command = spec.command, !command.isEmpty, arguments.suffix(command.count).elementsEqual(command) {
      let entrypoint = Array(arguments.dropLast(command.count))
      return (entrypoint.isEmpty ? nil : entrypoint, command)
    }
    return (nil, arguments)
  }
}
