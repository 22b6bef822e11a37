/// How control groups are mounted on this machine, cgroups(7).
package struct Cgroups: Sendable, Equatable {
  package enum Mode: String, Sendable {
    /// Version 2 at /sys/fs/cgroup.
    case unified = "v2"
    /// Version 1 controllers, with a version 2 tree beside them.
    case hybrid
    case v1
    case none
  }

  package var mode: Mode
  /// Where the version 2 tree is.
  package var unifiedPath: String?
  /// Where each version 1 controller is mounted; named hierarchies as `name=systemd`.
  package var controllerPaths: [String: String]
  /// Controllers of version 2 that children may use.
  package var unifiedControllers: [String]

  package static func current() throws(SystemError) -> Cgroups {
    var cgroups = Cgroups(mounts: try MountInfo.current())
    if let path = cgroups.unifiedPath,
      let text = try Files.readIfPresent("\(path)/cgroup.controllers", maximum: 4096)
    {
      cgroups.unifiedControllers = String(decoding: text, as: UTF8.self)
        .split(whereSeparator: \.isWhitespace).map(String.init)
    }
    return cgroups
  }

  /// Later mounts hide earlier ones at the same place.
  package init(mounts: [MountInfo]) {
    unifiedPath = nil
    controllerPaths = [:]
    unifiedControllers = []
    for mount in mounts where mount.mountPoint.hasPrefix("/sys/fs/cgroup") {
      if mount.type == "cgroup2" { unifiedPath = mount.mountPoint }
      if mount.type == "cgroup" {
        let generic: Set = ["rw", "ro", "xattr", "clone_children", "noprefix", "none"]
        for option in mount.superOptions where !generic.contains(option) && !option.hasPrefix("release_agent")
        {
          controllerPaths[option] = mount.mountPoint
        }
      }
    }
    if unifiedPath == "/sys/fs/cgroup" {
      mode = .unified
    } else if controllerPaths.isEmpty && unifiedPath == nil {
      mode = .none
    } else {
      mode = unifiedPath == nil ? .v1 : .hybrid
    }
  }
}
