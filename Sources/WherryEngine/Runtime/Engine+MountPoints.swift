package import WherryWire

extension Engine {
  /// A container's mounts as `docker inspect` tells of them.
  package func mountPoints(of record: ContainerRecord) -> [MountPoint]? {
    let points = (record.spec.mounts ?? []).map { mount in
      let isVolume = mount.kind == .volume
      let options = mount.options ?? []
      let modes = ((mount.readOnly ?? false) ? ["ro"] : []) + options.filter { $0 != "nocreate" }
      // As Docker: a volume of -v without a mode shows z.
      let isFlag = (mount.origin ?? .volumeFlag) == .volumeFlag && !(mount.anonymous ?? false)
      return MountPoint(
        kind: mount.kind, name: isVolume ? mount.source : nil,
        source: isVolume ? volumes.data(mount.source ?? "") : mount.source ?? "", destination: mount.target,
        driver: isVolume ? volumes.table.find(mount.source ?? "")?.driver ?? LocalDriver.name : nil,
        mode: modes.isEmpty && isVolume && isFlag ? "z" : modes.joined(separator: ","),
        writable: !(mount.readOnly ?? false) && !options.contains("ro"),
        propagation: mount.kind == .bind
          ? options.first { MountPlan.propagations.contains($0) } ?? "rprivate" : "")
    }
    return points.isEmpty ? nil : points
  }
}
