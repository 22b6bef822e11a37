import WherryEngine
import WherryModel
import WherryOCI
import WherryStore

@testable import WherryRuntime

enum Sample {
  static let idText = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

  static func id() throws -> ContainerID { try ContainerID(idText) }

  static func launch(
    args: [String] = ["sleep", "1"], restart: RestartRule = .no, resources: ResourceLimits = .init(),
    devices: [RuntimeSpec.DeviceRule]? = nil, stopSignal: Int32 = 15, autoRemove: Bool = false
  ) throws -> ContainerLaunch {
    var linux = RuntimeSpec.Linux()
    if let devices { linux.resources = .init(devices: devices) }
    return ContainerLaunch(
      id: try id(), name: try ContainerName("web"), imageName: "nginx%n$HOME",
      runtime: RuntimeSpec(process: .init(args: args), root: .init(path: "/r"), linux: linux),
      resources: resources, restart: restart, stopSignal: stopSignal, stopTimeout: .seconds(10),
      autoRemove: autoRemove, openStdin: false)
  }

  static func plan(_ launch: ContainerLaunch, usesMonitor: Bool = false) throws -> UnitPlan {
    let runtime = RuntimeDriver(
      path: "/usr/bin/crun", stateDirectory: "/run/wherry/runtime", managesCgroups: false)
    var facts = UnitFacts(name: launch.name.rawValue, runtime: runtime)
    facts.usesMonitor = usesMonitor
    return UnitPlan(
      launch: launch, files: ContainerFiles(run: RunDirectory("/run/wherry"), id: launch.id), facts: facts,
      executable: "/usr/bin/wherry")
  }
}
