import WherryWire

extension ContainerSpecBuilder {
  /// Namespaces and limits of processes.
  func addIsolation(to spec: inout ContainerSpec) throws {
    if !options.groupAdd.isEmpty { spec.groups = options.groupAdd }
    spec.sysctls = try value("sysctl", options.sysctl.last ?? "") { () throws(OptionError) in
      try IsolationOption.sysctls(options.sysctl)
    }
    let limits = try options.ulimit.map { text in
      try value("ulimit", text) { () throws(OptionError) in try IsolationOption.ulimit(text) }
    }
    if !limits.isEmpty { spec.ulimits = limits }
    spec.shmSize = try options.shmSize.map { text in
      try value("shm-size", text) { () throws(OptionError) in try MemorySize.parse(text) }
    }
    spec.oomScoreAdjust = try options.oomScoreAdj.map { text in
      try value("oom-score-adj", text) { () throws(OptionError) in try IsolationOption.signed(text) }
    }
    if !options.addHost.isEmpty { spec.extraHosts = options.addHost }
    if options.initProcess { spec.initProcess = true }
    try addDevices(to: &spec)
    spec.userNamespace = options.userns.flatMap { $0.isEmpty ? nil : $0 }
    try addNamespaces(to: &spec)
  }

  private func addNamespaces(to spec: inout ContainerSpec) throws {
    var shared: [String] = []
    var joined: [String: String] = [:]
    for (flag, text, modes, joins) in [
      ("pid", options.pid, [], true), ("ipc", options.ipc, ["none", "private", "shareable"], true),
      ("uts", options.uts, [], false),
    ] as [(String, String?, [String], Bool)] {
      let sharing = try value(flag, text ?? "") { () throws(OptionError) in
        try IsolationOption.sharing(flag, text, modes: modes, joins: joins)
      }
      switch sharing {
      case .own: break
      case .host: shared.append(flag)
      case .container(let name): joined[flag] = name
      case .mode(let mode): spec.ipcMode = mode
      }
    }
    if !shared.isEmpty { spec.hostNamespaces = shared }
    if !joined.isEmpty { spec.joinedNamespaces = joined }
  }

  private func addDevices(to spec: inout ContainerSpec) throws {
    var devices: [Device] = []
    var names: [String] = []
    for text in options.device {
      switch try value("device", text, { () throws(OptionError) in try DeviceOption.parse(text) }) {
      case .node(let device): devices.append(device)
      case .name(let name): names.append(name)
      }
    }
    if let text = options.gpus {
      names += try value("gpus", text) { () throws(OptionError) in try DeviceOption.gpus(text) }
    }
    if !devices.isEmpty { spec.devices = devices }
    if !names.isEmpty { spec.deviceNames = names }
    if !options.deviceCgroupRule.isEmpty { spec.deviceRules = options.deviceCgroupRule }
    spec.deviceWait = try options.deviceWait.map { text in
      try value("device-wait", text) { () throws(OptionError) in try IsolationOption.number(text) }
    }
  }
}
