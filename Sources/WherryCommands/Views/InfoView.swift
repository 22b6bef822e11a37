import WherryWire

/// What `info` prints.
enum InfoView {
  static func value(_ info: SystemInfoResult) -> Value {
    let stopped = info.containers >= info.running ? info.containers - info.running : 0
    return [
      "Containers": .unsigned(info.containers),
      "ContainersRunning": .unsigned(info.running),
      "ContainersStopped": .unsigned(stopped),
      "Images": .unsigned(info.images),
      "Driver": "overlay",
      "Supervisor": .string(info.supervisor),
      "DefaultRuntime": .string(info.runtime),
      "CgroupVersion": .string(info.cgroup),
      "KernelVersion": .string(info.kernel),
      "OperatingSystem": .string(info.operatingSystem),
      "OSType": "linux",
      "Architecture": .string(info.architecture),
      "NCPU": .unsigned(info.processors),
      "MemTotal": .unsigned(info.memory),
      "Name": .string(info.hostname),
      "DockerRootDir": .string(info.stateDirectory),
      "StateDirectory": .string(info.stateDirectory),
      "RunDirectory": .string(info.runDirectory),
      "ServerVersion": .string(info.version),
      "Network": info.network.map(network) ?? .null,
      "Plugins": info.plugins.map(plugins) ?? .null,
      "Warnings": .strings(info.warnings),
    ]
  }

  private static func network(_ facts: NetworkFacts) -> Value {
    [
      "PublishAddresses": .strings(facts.publishAddresses),
      "Table": .string(facts.table),
      "Bridges": .map(facts.bridges),
      "Published": .array(
        facts.published.map { port in
          ["Container": .string(port.container), "Port": .string(text(port.binding))]
        }),
    ]
  }

  /// Docker's names of fields.
  private static func plugins(_ facts: PluginFacts) -> Value {
    ["Volume": .strings(facts.volume), "Authorization": .strings(facts.authorization)]
  }

  private static func lines(_ facts: PluginFacts) -> [(String, String)] {
    [("Plugins", ""), (" Volume", facts.volume.joined(separator: " "))]
      + (facts.authorization.isEmpty ? [] : [(" Authorization", facts.authorization.joined(separator: " "))])
  }

  private static func text(_ binding: PortBinding) -> String {
    let address = binding.hostAddress ?? ""
    let host = address.contains(":") ? "[\(address)]" : address
    return "\(host):\(binding.hostPort ?? 0)->\(binding.containerPort)/\(binding.protocol)"
  }

  private static func lines(_ facts: NetworkFacts) -> [(String, String)] {
    [
      ("Network", ""), (" Default Bind", facts.publishAddresses.joined(separator: " ")),
      (" Table", "inet " + facts.table),
    ]
      + facts.bridges.sorted { $0.key < $1.key }.map { (" Bridge of \($0.key)", $0.value) }
      + facts.published.map { (" Published by \($0.container)", text($0.binding)) }
  }

  static func text(_ info: SystemInfoResult) -> String {
    let stopped = info.containers >= info.running ? info.containers - info.running : 0
    let lines = [
      ("Containers", String(info.containers)),
      (" Running", String(info.running)),
      (" Stopped", String(stopped)),
      ("Images", String(info.images)),
      ("Server Version", info.version),
      ("Supervisor", info.supervisor),
      ("Runtime", info.runtime),
      ("Cgroup", info.cgroup),
      ("Kernel Version", info.kernel),
      ("Operating System", info.operatingSystem),
      ("Architecture", info.architecture),
      ("CPUs", String(info.processors)),
      ("Total Memory", Human.binarySize(info.memory)),
      ("Name", info.hostname),
      ("State Directory", info.stateDirectory),
      ("Run Directory", info.runDirectory),
    ]
    let more = (info.plugins.map { Self.lines($0) } ?? []) + (info.network.map { Self.lines($0) } ?? [])
    return (lines + more).map { "\($0.0): \(Sanitise.metadata($0.1))\n" }.joined()
  }
}
