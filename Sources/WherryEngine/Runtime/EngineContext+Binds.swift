import Glibc
import WherryLinux
import WherryModel
import WherryOCI
import WherryWire

extension EngineContext {
  /// Puts the container's bind mounts where its first process would find them. They go when the root is unmounted.
  /// What is missing, at either end, is left out. Blocks.
  func bindMounts(
    of record: ContainerRecord, id: ContainerID, in root: FileDescriptorBox
  ) throws(WherryError) {
    let wanted = record.spec.mounts ?? []
    let mounts = try MountPlan.runtimeMounts(wanted, volumes: volumeSources(wanted, id: id))
    for mount in mounts where mount.type == "bind" {
      guard let source = mount.source else { continue }
      try makeMountPoint(mount.destination, for: source, in: root, owner: record.idMap?.first)
      do throws(SystemError) {
        let target = try root.file.open(mount.destination, [.pathOnly], resolve: [.inRoot, .noMagicLinks])
        let path = "/proc/self/fd/\(target.rawValue)"
        let flags: WherryLinux.Mount.Flags =
          (mount.options ?? []).contains("bind") ? [.bind] : [.bind, .recursive]
        try WherryLinux.Mount.mount(source, on: path, flags: flags)
        // The descriptor is of what lies below the mount; its path leads onto it.
        let mounted = try root.file.open(mount.destination, [.pathOnly], resolve: [.inRoot, .noMagicLinks])
        let place = "/proc/self/fd/\(mounted.rawValue)"
        // Else an unmount here would be one of the source's own mounts (mount_namespaces(7)).
        try WherryLinux.Mount.mount("none", on: place, flags: [.private, .recursive])
        guard (mount.options ?? []).contains("ro") else { continue }
        try WherryLinux.Mount.mount("none", on: place, flags: [.bind, .remount, .readOnly])
      } catch {
        guard error.errno == ENOENT || error.errno == ENOTDIR else {
          throw WherryError(error, "mount \(Printable.text(mount.destination)) of container \(record.name)")
        }
      }
    }
  }

  /// As the runtime would, where nothing is yet.
  private func makeMountPoint(
    _ path: String, for source: String, in root: FileDescriptorBox, owner: UInt32?
  ) throws(WherryError) {
    let inside: ResolveFlags = [.inRoot, .noMagicLinks]
    do throws(SystemError) {
      guard let status = try Files.statusIfPresent(source, following: true) else { return }
      do throws(SystemError) {
        _ = try root.file.open(path, [.pathOnly], resolve: inside)
        return
      } catch {
        guard error.errno == ENOENT else { throw error }
      }
      let parts = path.split(separator: "/")
      var walked = ""
      for (position, part) in parts.enumerated() {
        let parent = try root.file.open(walked.isEmpty ? "/" : walked, [.directory], resolve: inside)
        walked += "/\(part)"
        do throws(SystemError) {
          if position == parts.count - 1, status.kind != .directory {
            _ = try parent.open(String(part), [.writeOnly, .create, .exclusive, .noFollow], mode: 0o644)
          } else {
            try parent.makeDirectory(String(part), mode: 0o755)
          }
          if let owner { try parent.changeOwner(of: String(part), user: owner, group: owner) }
        } catch {
          guard error.errno == EEXIST else { throw error }
        }
      }
    } catch {
      throw WherryError(error, "make mount point \(Printable.text(path))")
    }
  }
}
