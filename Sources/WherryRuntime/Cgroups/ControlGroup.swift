import WherryLinux
import WherryModel

/// The control groups a process is in, cgroups(7): one of version 2, or one for each controller of version 1.
struct ControlGroup: Sendable, Equatable {
  /// Folder of the version 2 group.
  var unified: String?
  /// Folders of the version 1 groups by controller.
  var byController: [String: String]

  /// Of the process `pid`; throws where it has gone.
  static func ofProcess(_ pid: Int32, _ object: String) throws(WherryError) -> ControlGroup {
    try WherryError.converting("\(object): its control group") { () throws(SystemError) in
      ControlGroup(
        try Files.readText("/proc/\(pid)/cgroup", maximum: 64 << 10), mounted: try mounted)
    }
  }

  /// Control groups are mounted once, before us; reading all mounts for each container is what costs.
  static var mounted: Cgroups { get throws(SystemError) { try known.get() } }
  private static let known = Result { () throws(SystemError) in try Cgroups.current() }

  init(unified: String?, byController: [String: String]) {
    self.unified = unified
    self.byController = byController
  }

  /// `text`: lines of `NUMBER:CONTROLLER,CONTROLLER:PATH`, none of them for version 2.
  init(_ text: String, mounted: Cgroups) {
    unified = nil
    byController = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let path = parts[2] == "/" ? "" : String(parts[2])
      if parts[1].isEmpty {
        if let mount = mounted.unifiedPath { unified = mount + path }
        continue
      }
      for controller in parts[1].split(separator: ",") {
        if let mount = mounted.controllerPaths[String(controller)] {
          byController[String(controller)] = mount + path
        }
      }
    }
  }

  /// The version 2 group, which the supervisor systemd needs.
  func requireUnified(_ object: String) throws(WherryError) -> String {
    guard let unified else {
      throw WherryError(.unsupported, "\(object) is in no control group of version 2")
    }
    return unified
  }
}
