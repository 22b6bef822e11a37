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
    var shared: [String] = []
    for (flag, mode, own) in [
      ("pid", options.pid, []), ("ipc", options.ipc, ["private", "shareable"]), ("uts", options.uts, []),
    ] as [(String, String?, [String])] {
      let isHost = try value(flag, mode ?? "") { () throws(OptionError) in
        try IsolationOption.isHost(mode, also: own)
      }
      if isHost { shared.append(flag) }
    }
    if !shared.isEmpty { spec.hostNamespaces = shared }
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
