import Glibc
import WherryEngine
package import WherryLinux
package import WherryModel
package import WherryStore

/// Roots as overlay mounts (kernel documentation, filesystems/overlayfs), at `/run/wherry/containers/ID/rootfs`.
package struct OverlayRoots: RootFilesystems {
  /// A page, less the words between the paths and the NUL.
  private static let maximumOptions = 4096 - 48
  private let run: RunDirectory
  /// The program and arguments that reach `UserNamespace.hold`.
  private let holder: [String]

  package init(run: RunDirectory, holder: [String] = ["/proc/self/exe", "hold-user-namespace"]) {
    self.run = run
    self.holder = holder
  }

  package func path(_ id: ContainerID) -> String { run.container(id) + "/rootfs" }

  package func mount(
    _ id: ContainerID, layers: [String], upper: String, work: String, owners: IDMap?, isTransient: Bool
  ) throws(WherryError) -> String {
    let root = path(id)
    if let owners {
      try MappedOverlay(run: run, id: id, owners: owners, holder: holder, isTransient: isTransient)
        .mount(on: root, layers: layers, upper: upper, work: work)
      return root
    }
    try WherryError.converting("mount root of container \(id.short)") { () throws(SystemError) in
      if try Mount.isMounted(root) { return }
      try Files.makeDirectories(root)
      let rest = "upperdir=\(Self.escape(upper)),workdir=\(Self.escape(work))"
      let lower = try lowerFolders(layers)
      if lower.utf8.count + rest.utf8.count <= Self.maximumOptions {
        try Overlay(work: work, isTransient: isTransient).mount(on: root, "lowerdir=\(lower),\(rest)")
        return try makePrivate(root)
      }
      // Where the run directory's own path is long.
      let open = try layers.reversed().map { layer throws(SystemError) in
        FileDescriptorBox(try FileDescriptor.open(layer, [.directory, .pathOnly]))
      }
      let numbers = open.map { "/proc/self/fd/\($0.rawValue)" }.joined(separator: ":")
      try Overlay(work: work, isTransient: isTransient).mount(on: root, "lowerdir=\(numbers),\(rest)")
      withExtendedLifetime(open) {}
      try makePrivate(root)
    }
    return root
  }

  /// What is mounted in there is seen nowhere else.
  private func makePrivate(_ root: String) throws(SystemError) {
    try Mount.mount("none", on: root, flags: [.private])
  }

  package func openBare(_ id: ContainerID) throws(WherryError) -> FileDescriptorBox {
    try WherryError.converting("open root of container \(id.short)") { () throws(SystemError) in
      FileDescriptorBox(try Mount.clone(path(id)))
    }
  }

  package func unmount(_ id: ContainerID) throws(WherryError) {
    let root = path(id)
    try WherryError.converting("unmount root of container \(id.short)") { () throws(SystemError) in
      try MappedOverlay.clear(run, id)
      // What is bound in there may be shared with the device's own mounts: those must stay.
      if try Mount.isMounted(root) {
        try Mount.mount("none", on: root, flags: [.private, .recursive])
        try Mount.unmountAllInUse(root)
      }
      _ = try Files.removeDirectory(root)
      // The supervisor's files are gone by now, where all went well: then nothing tells of the container any more.
      do throws(SystemError) {
        _ = try Files.removeDirectory(run.container(id))
      } catch {
        guard error.errno == ENOTEMPTY else { throw error }
      }
    }
  }

  /// Highest first, as overlay wants them. Many layers go by short links, since the options must fit a page.
  private func lowerFolders(_ layers: [String]) throws(SystemError) -> String {
    guard !layers.isEmpty else {
      let empty = run.path + "/empty"
      try Files.makeDirectories(empty, mode: 0o755)
      return Self.escape(empty)
    }
    let folders = layers.reversed()
    let long = folders.map(Self.escape).joined(separator: ":")
    if long.utf8.count <= 3_000 { return long }
    let links = run.path + "/l"
    try Files.makeDirectories(links)
    var names: [String] = []
    for folder in folders {
      // layers/HEX/tree: twelve digits of the hex are enough to tell them apart, and are checked.
      let link = "\(links)/\(folder.split(separator: "/").suffix(2).first?.prefix(12) ?? "")"
      try pointLink(link, to: folder)
      names.append(Self.escape(link))
    }
    return names.joined(separator: ":")
  }

  private func pointLink(_ link: String, to target: String) throws(SystemError) {
    if try Files.statusIfPresent(link) != nil {
      if try Files.readLink(link) == target { return }
      try Files.unlink(link)
    }
    try Files.makeSymbolicLink(link, to: target)
  }

  /// Overlay splits at `:` and mount options at `,`.
  private static func escape(_ path: String) -> String {
    var escaped = ""
    for character in path {
      if ":,\\".contains(character) { escaped.append("\\") }
      escaped.append(character)
    }
    return escaped
  }
}
