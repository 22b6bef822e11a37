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
}
