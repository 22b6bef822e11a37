import WherryWire

/// The `HostConfig` of an inspected container.
enum HostConfigView {
  static func value(_ detail: ContainerDetail) -> Value {
    let spec = detail.spec
    let mounts = spec.mounts ?? []
    let tmpfs = mounts.filter { $0.kind == .tmpfs && $0.origin != .mountFlag }
    let binds = mounts.filter {
      $0.kind != .tmpfs && ($0.origin ?? .volumeFlag) == .volumeFlag && !($0.anonymous ?? false)
    }
    let asked = mounts.filter { $0.origin == .mountFlag }
    let security = spec.security
    return [
      "Binds": Self.binds(binds),
      "ContainerIDFile": "",
      "LogConfig": ["Type": .string(detail.logDriver ?? ""), "Config": .map(spec.log?.options ?? [:])],
      "NetworkMode": .string(spec.networks?.first?.name ?? "none"),
      "PortBindings": PortsView.asked(spec.ports ?? []),
      "RestartPolicy": [
        "Name": .string(spec.restart?.kind.label ?? "no"),
        "MaximumRetryCount": .unsigned(spec.restart?.maximumRetries),
      ],
      "AutoRemove": .bool(spec.autoRemove ?? false),
      "VolumeDriver": "",
      "VolumesFrom": .stringsOrNull(spec.volumesFrom),
      "Mounts": asked.isEmpty ? .null : .array(asked.map(MountView.asked)),
      "CapAdd": .stringsOrNull(security?.addedCapabilities),
      "CapDrop": .stringsOrNull(security?.droppedCapabilities),
      "Dns": .strings(spec.dns ?? []),
      "DnsOptions": .strings(spec.dnsOptions ?? []),
      "DnsSearch": .strings(spec.dnsSearch ?? []),
      "ExtraHosts": .stringsOrNull(spec.extraHosts),
      "GroupAdd": .stringsOrNull(spec.groups),
      "IpcMode": .string(namespace(spec, "ipc", own: spec.ipcMode ?? "private")),
      "OomScoreAdj": .int(spec.oomScoreAdjust ?? 0),
      "PidMode": .string(namespace(spec, "pid", own: "")),
      "Privileged": .bool(security?.privileged ?? false),
      "PublishAllPorts": .bool(spec.publishAll ?? false),
      "ReadonlyRootfs": .bool(spec.readOnlyRoot ?? false),
      "SecurityOpt": securityOptions(security),
      "Tmpfs": tmpfs.isEmpty
        ? .null
        : .object(
          tmpfs.map { .init(key: $0.target, value: .string(($0.options ?? []).joined(separator: ","))) }),
      "UsernsMode": .string(spec.userNamespace ?? ""),
      "IDMappings": mappings(detail.idRange),
      "UTSMode": .string(namespace(spec, "uts", own: "")),
      "ShmSize": .unsigned(spec.shmSize ?? 64 << 20),
      "Sysctls": .object(
        (spec.sysctls ?? [:]).sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .string($0.value)) }),
      "Init": .bool(spec.initProcess ?? false),
      "CpuShares": .unsigned(spec.resources?.cpuShares),
      "MemoryReservation": .unsigned(spec.resources?.memoryReservation),
      "MemorySwap": .int(swap(spec.resources)),
      "NanoCpus": .unsigned(spec.resources?.nanoCPUs),
      "Memory": .unsigned(spec.resources?.memory),
      "PidsLimit": spec.resources?.pidsLimit.map { .unsigned($0) } ?? .null,
      "CpuPeriod": .unsigned(spec.resources?.cpuPeriod),
      "CpuQuota": .unsigned(spec.resources?.cpuQuota),
      "CpusetCpus": .string(spec.resources?.cpusetCPUs ?? ""),
      "CpusetMems": .string(spec.resources?.cpusetMemory ?? ""),
      "BlkioWeight": .unsigned(spec.resources?.blockWeight),
      "BlkioDeviceReadBps": rates(spec.resources, \.readBytes),
      "BlkioDeviceWriteBps": rates(spec.resources, \.writeBytes),
      "BlkioDeviceReadIOps": rates(spec.resources, \.readOperations),
      "BlkioDeviceWriteIOps": rates(spec.resources, \.writeOperations),
      "Devices": .array(
        (spec.devices ?? []).map { device in
          [
            "PathOnHost": .string(device.path), "PathInContainer": .string(device.target ?? device.path),
            "CgroupPermissions": .string(device.access ?? "rwm"),
          ]
        }),
      "DeviceCgroupRules": .stringsOrNull(spec.deviceRules),
      "DeviceRequests": requests(spec.deviceNames),
      "Ulimits": ulimits(spec.ulimits),
      "Runtime": "",
    ]
  }

  private static func namespace(_ spec: ContainerSpec, _ kind: String, own: String) -> String {
    if spec.hostNamespaces?.contains(kind) ?? false { return "host" }
    return spec.joinedNamespaces?[kind].map { "container:\($0)" } ?? own
  }

  /// As Podman shows them.
  private static func mappings(_ range: IdRange?) -> Value {
    guard let range else { return nil }
    let map: Value = .strings(["0:\(range.first):\(range.count)"])
    return ["UidMap": map, "GidMap": map]
  }

  /// Docker's -1 is no limit, 0 the default.
  private static func swap(_ resources: Resources?) -> Int64 {
    guard let swap = resources?.memorySwap else { return 0 }
    return Int64(exactly: swap) ?? -1
  }

  private static func requests(_ names: [String]?) -> Value {
    guard let names, !names.isEmpty else { return nil }
    return .array([["Driver": "cdi", "Count": 0, "DeviceIDs": .strings(names)]])
  }

  private static func rates(_ resources: Resources?, _ rate: KeyPath<BlockLimit, UInt64?>) -> Value {
    let rates = (resources?.blockLimits ?? []).compactMap { limit -> Value? in
      limit[keyPath: rate].map { ["Path": .string(limit.path), "Rate": .unsigned($0)] }
    }
    return rates.isEmpty ? nil : .array(rates)
  }

  private static func ulimits(_ limits: [Ulimit]?) -> Value {
    guard let limits, !limits.isEmpty else { return nil }
    return .array(
      limits.map { limit in
        [
          "Name": .string(limit.name), "Hard": .int(Int64(exactly: limit.hard) ?? -1),
          "Soft": .int(Int64(exactly: limit.soft) ?? -1),
        ]
      })
  }

  private static func binds(_ mounts: [Mount]) -> Value {
    guard !mounts.isEmpty else { return nil }
    return .strings(
      mounts.map { mount in
        let modes =
          ((mount.readOnly ?? false) ? ["ro"] : []) + (mount.options ?? [])
          + ((mount.noCopy ?? false) ? ["nocopy"] : [])
        let suffix = modes.isEmpty ? "" : ":" + modes.joined(separator: ",")
        return "\(mount.source ?? ""):\(mount.target)\(suffix)"
      })
  }

  private static func securityOptions(_ security: Security?) -> Value {
    var options: [String] = []
    if security?.noNewPrivileges == true { options.append("no-new-privileges") }
    if let profile = security?.seccompProfile { options.append("seccomp=\(profile)") }
    if let profile = security?.apparmorProfile { options.append("apparmor=\(profile)") }
    if security?.unconfinedPaths == true { options.append("systempaths=unconfined") }
    return options.isEmpty ? nil : .strings(options)
  }
}

extension RestartKind {
  var label: String {
    switch self {
    case .no: "no"
    case .always: "always"
    case .onFailure: "on-failure"
    case .unlessStopped: "unless-stopped"
    default: "unknown(\(rawValue))"
    }
  }
}
