import Glibc
import WherryLinux
import WherryModel

/// A hard link to a file of a lower layer needs the file in this one, as overlay's copy-up.
extension LayerExtractor {
  func bringUp(_ name: [UInt8], in folder: LayeredRoot.FolderView, from lower: LowerTree) throws {
    let path = folder.path.appending(name)
    guard let status = try LayeredRoot.status(lower.tree, path) else {
      throw SystemError(errno: ENOENT, "link to", path.description)
    }
    let parent = try root.open(folder)
    guard status.kind == .regular else {
      try parent.makeNode(
        name, status.kind, mode: status.permissions, major: DeviceNumber.major(status.representedDevice),
        minor: DeviceNumber.minor(status.representedDevice))
      try parent.changeOwner(of: name, user: status.userID, group: status.groupID)
      try parent.changeMode(of: name, status.permissions)
      try parent.setModified(of: name, status.modified)
      return
    }
    let source = try lower.tree.open(path.orDot, [.readOnly, .noFollow], resolve: LayeredRoot.plain)
    let target = try parent.open(name, [.writeOnly, .create, .exclusive, .noFollow], mode: 0o600)
    var content = digests?.begin()
    while true {
      let bytes = try source.read(maximum: 128 << 10)
      if bytes.isEmpty { break }
      try account(bytes.count)
      bytes.withUnsafeBytes { content?.update($0) }
      try target.write(bytes)
    }
    try target.changeOwner(user: status.userID, group: status.groupID)
    try target.changeMode(status.permissions)
    try AttributeRules.copy(from: source, to: target)
    try target.setModified(status.modified)
    if let content { try digests?.record(try target.status().inode, content) }
  }

  func bringUpLink(_ name: [UInt8], in folder: LayeredRoot.FolderView) throws {
    guard case .link(let text) = try root.find(name, in: folder) else { return }
    let parent = try root.open(folder)
    try parent.makeSymbolicLink(name, to: text)
    for index in folder.lowers {
      guard let status = try LayeredRoot.status(root.lowers[index].tree, folder.path.appending(name)) else {
        continue
      }
      try parent.changeOwner(of: name, user: status.userID, group: status.groupID)
      try parent.setModified(of: name, status.modified)
      return
    }
  }
}
