import Glibc
import WherryLinux
import WherryModel
import WherryStore
import WherryWire

/// Parts of volumes. What leads to one belongs to whoever writes to the volume, so that the runtime, which goes by
/// paths, must never walk it: it is found beneath the volume's own folder, held by its descriptor, and mounted from that
/// to a place of the engine's (CVE-2021-30465, CVE-2023-0778).
extension EngineContext {
  /// Where volumes are on the device, by the place of their mount in the specification.
  func volumeSources(_ mounts: [WherryWire.Mount], id: ContainerID) -> [Int: VolumeSource] {
    var sources: [Int: VolumeSource] = [:]
    for (place, mount) in mounts.enumerated() where mount.kind == .volume {
      guard let name = mount.source else { continue }
      sources[place] = VolumeSource(
        path: mount.subpath == nil ? volumes.data(name) : "\(run.subpaths(id))/\(place)",
        mountOptions: volumes.table.find(name)?.options?["o"])
    }
    return sources
  }

  /// Blocks. What is mounted already stays.
  func mountSubpaths(_ mounts: [WherryWire.Mount], of id: ContainerID) throws(WherryError) {
    for (place, mount) in mounts.enumerated() where mount.kind == .volume {
      guard let name = mount.source, let subpath = mount.subpath else { continue }
      let target = "\(run.subpaths(id))/\(place)"
      let volume = try Volumes.open(volumes.data(name), name)
      do throws(SystemError) {
        if try WherryLinux.Mount.isMounted(target) { continue }
        let found = try volume.file.open(subpath, [.pathOnly], resolve: [.inRoot, .noMagicLinks])
        try Files.makeDirectories(run.subpaths(id))
        switch try found.status().kind {
        case .directory: try Files.makeDirectories(target)
        case .regular: try Files.write(target, [])
        default: throw SystemError(errno: ENOTDIR, "mount", subpath)
        }
        let source = "/proc/self/fd/\(found.rawValue)"
        try WherryLinux.Mount.mount(source, on: target, flags: [.bind, .recursive])
        try WherryLinux.Mount.mount("none", on: target, flags: [.private, .recursive])
      } catch {
        throw WherryError(
          .failedPrecondition,
          "cannot access path \(Printable.text(subpath)) of volume \(name): \(error.reason)",
          hint: "it must be a folder or a file that is there before the container starts", cause: error)
      }
    }
  }

  /// Blocks. Does nothing where there are none.
  func unmountSubpaths(of id: ContainerID) throws(WherryError) {
    let folder = run.subpaths(id)
    try WherryError.converting("unmount parts of volumes") { () throws(SystemError) in
      guard try Files.exists(folder) else { return }
      try WherryLinux.Mount.unmountAllInUse(folder)
      _ = try Files.removeTree(folder)
    }
  }
}
