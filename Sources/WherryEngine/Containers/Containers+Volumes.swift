import WherryLinux
import WherryModel
import WherryOCI
import WherryWire

/// A container's mounts, complete: its own, those of other containers, and the volumes its image wants.
extension Containers {
  /// Pure but for looking up other containers. Each volume has a name afterwards.
  func completeMounts(
    _ spec: ContainerSpec, image: ImageConfiguration.Settings
  ) throws(WherryError) -> [WherryWire.Mount] {
    var mounts = spec.mounts ?? []
    var targets: Set<String> = []
    for mount in mounts { targets.insert(try MountPlan.target(mount)) }
    guard (spec.volumesFrom ?? []).count <= MountPlan.maximumMounts else {
      throw SpecValidation.invalid("--volumes-from: more than \(MountPlan.maximumMounts) containers")
    }
    for text in spec.volumesFrom ?? [] {
      for mount in try mountsOfOther(text) {
        let target = try MountPlan.target(mount)
        if targets.insert(target).inserted { mounts.append(mount) }
      }
    }
    for path in image.volumes.sorted() {
      let mount = WherryWire.Mount(kind: .volume, target: path, origin: .image)
      let target: String
      do throws(WherryError) {
        target = try MountPlan.target(mount)
      } catch {
        throw WherryError(
          .failedPrecondition, "the image's VOLUME cannot be mounted: \(error.message)",
          hint: "rebuild the image", cause: error)
      }
      if targets.insert(target).inserted { mounts.append(mount) }
    }
    for place in mounts.indices where mounts[place].kind == .volume && (mounts[place].source ?? "").isEmpty {
      mounts[place].source = VolumeName.random().rawValue
      mounts[place].anonymous = true
    }
    try MountPlan.validate(mounts)
    return mounts
  }

  /// `NAME[:ro|rw]`
  private func mountsOfOther(_ text: String) throws(WherryError) -> [WherryWire.Mount] {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let modes = (parts.dropFirst().first ?? "").split(separator: ",").map(String.init)
    guard let name = parts.first, !name.isEmpty, modes.allSatisfy({ ["ro", "rw", "z", "Z"].contains($0) })
    else {
      throw SpecValidation.invalid(
        "invalid mode: \(Printable.text(text))", hint: "write --volumes-from CONTAINER[:ro|rw]")
    }
    let other = try context.table.find(name).record
    return (other.spec.mounts ?? []).filter { $0.kind == .bind || $0.kind == .volume }.map { mount in
      var mount = mount
      mount.origin = .container
      if modes.contains("ro") { mount.readOnly = true }
      return mount
    }
  }

  /// Makes the volumes that are missing and lets the container have all. Afterwards `letGo` undoes it.
  func takeVolumes(_ mounts: [WherryWire.Mount], for id: ContainerID) async throws {
    do {
      for mount in mounts where mount.kind == .volume {
        guard let source = mount.source else { continue }
        try await context.volumes.ensure(
          Volumes.Request(
            name: try VolumeName(source), driver: mount.driver, options: mount.driverOptions,
            labels: mount.labels, isAnonymous: mount.anonymous ?? false), for: id)
      }
    } catch {
      await letGo(mounts, of: id)
      throw error
    }
  }

  /// A container that came to nothing: what was made for it alone goes, what has a name stays.
  func letGo(_ mounts: [WherryWire.Mount], of id: ContainerID) async {
    for mount in mounts where mount.kind == .volume && mount.anonymous ?? false {
      guard let name = mount.source else { continue }
      do {
        try await Shield.run { try await self.context.volumes.removeAnonymous(name, of: id) }
      } catch {
        context.settings.report("volume \(name): removing it failed: \(error), ignoring")
      }
    }
    context.volumes.table.release(id, Volumes.byVolume(mounts).map { $0.name })
  }
}
