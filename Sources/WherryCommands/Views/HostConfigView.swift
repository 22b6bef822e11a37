import WherryWire

/// The `HostConfig` of an inspected container.
enum HostConfigView {
  static func value(_ detail: ContainerDetail) -> Value {
    let spec = detail.spec
    let mounts = spec.mounts ?? []
    let tmpfs = mounts.filter { $0.kind == .tmpfs }
    let security = spec.security
    return [
      "Binds": binds(mounts.filter { $0.kind == .bind }),
      "ContainerIDFile": "",
      "LogConfig": ["Type": .string(detail.logDriver ?? ""), "Config": [:]],
      "NetworkMode": .string(spec.networks?.first?.name ?? "none"),
      "PortBindings": [:],
      "RestartPolicy": [
        "Name": .string(spec.restart?.kind.label ?? "no"),
        "MaximumRetryCount": .unsigned(spec.restart?.maximumRetries),
      ],
      "AutoRemove": .bool(spec.autoRemove ?? false),
      "VolumeDriver": "",
      "VolumesFrom": nil,
      "CapAdd": .stringsOrNull(security?.addedCapabilities),
      "CapDrop": .stringsOrNull(security?.droppedCapabilities),
      "Dns": [],
      "DnsOptions": [],
      "DnsSearch": [],
      "ExtraHosts": nil,
      "GroupAdd": nil,
      "Privileged": .bool(security?.privileged ?? false),
      "PublishAllPorts": false,
      "ReadonlyRootfs": .bool(spec.readOnlyRoot ?? false),
      "SecurityOpt": securityOptions(security),
      "Tmpfs": tmpfs.isEmpty
        ? .null
        : .object(
          tmpfs.map { .init(key: $0.target, value: .string(($0.options ?? []).joined(separator: ","))) }),
      "NanoCpus": .unsigned(spec.resources?.nanoCPUs),
      "Memory": .unsigned(spec.resources?.memory),
      "PidsLimit": spec.resources?.pidsLimit.map { .unsigned($0) } ?? .null,
      "Devices": [],
      "Ulimits": nil,
      "Runtime": "",
    ]
  }

  private static func binds(_ mounts: [Mount]) -> Value {
    guard !mounts.isEmpty else { return nil }
    return .strings(
      mounts.map { mount in
        let modes = ((mount.readOnly ?? false) ? ["ro"] : []) + (mount.options ?? [])
        let suffix = modes.isEmpty ? "" : ":" + modes.joined(separator: ",")
        return "\(mount.source ?? ""):\(mount.target)\(suffix)"
      })
  }

  private static func securityOptions(_ security: Security?) -> Value {
    var options: [String] = []
    if security?.noNewPrivileges == true { options.append("no-new-privileges") }
    if let profile = security?.seccompProfile { options.append("seccomp=\(profile)") }
    return options.isEmpty ? nil : .strings(options)
  }
}

/// The `NetworkSettings` of an inspected container.
enum ContainerNetworkView {
  static func settings(_ networks: [NetworkAttachment]) -> Value {
    [
      "Bridge": "",
      "SandboxID": "",
      "Ports": [:],
      "Gateway": "",
      "IPAddress": "",
      "IPPrefixLen": 0,
      "MacAddress": "",
      "Networks": .object(
        networks.map {
          .init(
            key: $0.name,
            value: ["NetworkID": "", "EndpointID": "", "Gateway": "", "IPAddress": "", "MacAddress": ""])
        }),
    ]
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
