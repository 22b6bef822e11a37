import Glibc
import WherryLinux
import WherryModel
import WherryStore

/// An overlay whose files on disk have the container's own owners and in the mount those of its user namespace: every
/// folder of it is an ID-mapped mount (Linux 5.19; filesystems/overlayfs and mount_setattr(2)). Nothing is chowned.
struct MappedOverlay {
  var run: RunDirectory
  var id: ContainerID
  var owners: IDMap
  var holder: [String]
  var isTransient: Bool

  func mount(on root: String, layers: [String], upper: String, work: String) throws(WherryError) {
    let isMounted = try WherryError.converting { () throws(SystemError) in try Mount.isMounted(root) }
    if isMounted { return }
    try makeReachable(root)
    let namespace = try WherryError.converting("make a user namespace for container \(id.short)") {
      () throws(SystemError) in
      // Besides the container's users there is the device's root, who mounts: overlay makes its working folders and
      // the marks of deleted files as whoever has mounted it.
      try UserNamespace.make(
        [
          .init(inside: 0, outside: owners.first, count: owners.count),
          .init(inside: owners.count, outside: 0, count: 1),
        ], holder: holder)
    }
    let folder = Self.folder(run, id)
    var failure: WherryError?
    do {
      try mount(on: root, layers, upper, work, namespace, below: folder)
    } catch {
      failure = error
    }
    // The overlay has its own hold of them.
    try WherryError.converting { () throws(SystemError) in try Self.clear(run, id) }
    if let failure { throw failure }
  }

  private func mount(
    on root: String, _ layers: [String], _ upper: String, _ work: String, _ namespace: FileDescriptorBox,
    below folder: String
  ) throws(WherryError) {
    try WherryError.converting { () throws(SystemError) in try Self.clear(run, id) }
    var open: [FileDescriptorBox] = []
    // Highest first; where there is none, an empty one.
    let lowers = layers.isEmpty ? [run.path + "/empty"] : Array(layers.reversed())
    for (number, layer) in lowers.enumerated() {
      if layers.isEmpty {
        try WherryError.converting { () throws(SystemError) in try Files.makeDirectories(layer, mode: 0o755) }
      }
      open.append(try attach(layer, on: "\(folder)/\(number)", namespace))
    }
    // Upper and work must be on one mount: that of the folder both are in.
    let parent = upper.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
      separator: "/")
    guard work.hasPrefix(parent + "/") else {
      throw WherryError(.internal, "upper and work of container \(id.short) are in different folders")
    }
    let own = try attach(parent, on: folder + "/own", namespace)
    let numbers = open.map { "/proc/self/fd/\($0.rawValue)" }.joined(separator: ":")
    let place = "/proc/self/fd/\(own.rawValue)"
    let data =
      "lowerdir=\(numbers),upperdir=\(place)\(upper.dropFirst(parent.count)),"
      + "workdir=\(place)\(work.dropFirst(parent.count))"
    do throws(SystemError) {
      try Overlay(work: work, isTransient: isTransient).mount(on: root, data)
    } catch {
      guard error.errno == EINVAL else { throw WherryError(error, "mount root of container \(id.short)") }
      throw refusal(
        "this kernel's overlay takes no ID-mapped layers: Linux 5.19 and later do, this is \(Host.current().kernel)",
        error)
    }
    withExtendedLifetime((open, own)) {}
  }

  private func attach(
    _ folder: String, on target: String, _ namespace: FileDescriptorBox
  ) throws(WherryError) -> FileDescriptorBox {
    do throws(SystemError) {
      try Files.makeDirectories(target)
      try IDMappedMount.attach(folder, on: target, in: namespace)
      return FileDescriptorBox(try FileDescriptor.open(target, [.directory, .pathOnly]))
    } catch {
      switch error.errno {
      case ENOSYS:
        throw refusal(
          "this kernel has no ID-mapped mounts (Linux 5.12), it is \(Host.current().kernel)", error)
      case EINVAL, EOPNOTSUPP:
        throw refusal("the file system that holds \(folder) takes no ID-mapped mounts", error)
      default: throw WherryError(error, "map owners of \(folder)")
      }
    }
  }

  private func refusal(_ reason: String, _ error: SystemError) -> WherryError {
    WherryError(
      .unsupported, "container \(id.short) cannot have a user namespace: \(reason)",
      hint: "keep the state on ext4, xfs or btrfs under a newer kernel, or create it with --userns host",
      cause: error)
  }

  /// The runtime goes to the root as a user of the namespace, who has no rights in our folders.
  private func makeReachable(_ root: String) throws(WherryError) {
    try WherryError.converting("make \(root) reachable") { () throws(SystemError) in
      try Files.makeDirectories(root)
      for folder in [run.path, run.containers] {
        let file = try FileDescriptor.open(folder, [.directory])
        let mode = try file.status().permissions
        if mode & 0o001 == 0 { try file.changeMode(mode | 0o111) }
      }
      // Others see no further: a container's files are for its own users.
      let own = try FileDescriptor.open(run.container(id), [.directory])
      try own.changeOwner(user: 0, group: owners.first)
      try own.changeMode(0o710)
    }
    var parent = ""
    for part in run.path.split(separator: "/").dropLast() {
      parent += "/\(part)"
      let status = try WherryError.converting { [parent] () throws(SystemError) in
        try Files.status(parent, following: true)
      }
      guard status.permissions & 0o001 != 0 else {
        throw WherryError(
          .failedPrecondition,
          "container \(id.short) cannot have a user namespace: its users cannot pass through \(parent)",
          hint: "chmod o+x \(parent)")
      }
    }
  }

  private static func folder(_ run: RunDirectory, _ id: ContainerID) -> String { "\(run.path)/idmap/\(id)" }

  /// Takes the folders' mounts away. Never removes anything but empty folders: what is mounted there are the layers.
  static func clear(_ run: RunDirectory, _ id: ContainerID) throws(SystemError) {
    let folder = folder(run, id)
    guard try Files.exists(folder) else { return }
    for name in try Files.list(folder) {
      while try Mount.unmount("\(folder)/\(name)", [.noFollow, .detach]) {}
      try Files.removeDirectory("\(folder)/\(name)")
    }
    try Files.removeDirectory(folder)
  }
}
