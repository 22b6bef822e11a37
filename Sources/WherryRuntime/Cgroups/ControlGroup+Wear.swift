import WherryEngine
import WherryLinux
import WherryModel
import WherryStore

/// What the processes of a group have written to block devices. With version 1 the kernel counts only what passes by the
/// page cache or is synced at once; with version 2 all, with the name of who made the page dirty.
extension ControlGroup {
  func wear() throws(SystemError) -> WearLedger.Event {
    guard let folder = byController["blkio"] ?? unified else { return .notCounted(.written) }
    var usage = ResourceUsage()
    try readBlockDevices(&usage)
    guard let written = usage.written, let status = try Files.statusIfPresent(folder) else {
      return .notCounted(.written)
    }
    // A group that is made anew has another inode.
    let boot = try BootID.current()
    return .read(.written, written, epoch: "\(boot)/\(status.inode)")
  }

  /// At `path` below every mount, whether it is there or not.
  init(at path: String, mounted: Cgroups) {
    self.init(
      unified: mounted.unifiedPath.map { $0 + path },
      byController: mounted.controllerPaths.mapValues { $0 + path })
  }

  /// Of a container's unit, asked by its hook, which is in `.control` below it.
  static func ofUnit() throws(SystemError) -> ControlGroup {
    var group = ControlGroup(
      try Files.readText("/proc/self/cgroup", maximum: 64 << 10), mounted: try ControlGroup.mounted)
    func above(_ path: String) -> String {
      path.hasSuffix("/.control") ? String(path.dropLast("/.control".count)) : path
    }
    group.unified = group.unified.map(above)
    group.byController = group.byController.mapValues(above)
    return group
  }
}
