import Glibc
import WherryLinux

/// What an archive's name says about the layers below (image-spec layer.md, "Whiteouts").
enum Whiteout: Equatable {
  /// Nothing of lower layers shows in the folder it stands in.
  case opaque
  case hide([UInt8])
  /// Notes of aufs to itself.
  case ignored

  private static let prefix = Array(".wh.".utf8)
  private static let meta = Array(".wh..wh.".utf8)

  /// Nil for an ordinary name.
  init?(_ name: [UInt8]) {
    guard name.starts(with: Self.prefix) else { return nil }
    if name.starts(with: Self.meta) {
      self = name == Array(".wh..wh..opq".utf8) ? .opaque : .ignored
    } else {
      self = .hide(Array(name.dropFirst(Self.prefix.count)))
    }
  }

  /// Of the name that is meant: a file whose name is as long as can be has a longer whiteout.
  static func length(_ name: [UInt8]) -> Int {
    name.starts(with: prefix) ? name.count - prefix.count : name.count
  }

  /// `.wh.`, `.wh..` and `.wh...` would hide nothing, the folder itself or its parent.
  static func isForbidden(_ name: [UInt8]) -> Bool {
    [".wh.", ".wh..", ".wh..."].contains { Array($0.utf8) == name }
  }
}

extension LayerExtractor {
  /// `.wh.NAME` in the folder that `names` lead to.
  func hide(_ name: [UInt8], in names: [[UInt8]]) throws {
    guard let folder = try root.resolve(names, create: false) else { return }
    guard try isInLower(name, of: folder) else { return }
    guard let own = try root.resolve(names, create: true) else { return }
    try hide(name, in: own)
  }

  /// Hides what lower layers have; this layer's own entries stay, whatever the order.
  func hide(_ name: [UInt8], in folder: LayeredRoot.FolderView) throws {
    let path = folder.path.appending(name)
    if let status = try LayeredRoot.status(root.own, path) {
      if status.kind == .directory { root.makeOpaque(path) }
      return
    }
    let parent = try root.open(folder)
    try parent.makeNode(name, .characterDevice, mode: 0, major: 0, minor: 0)
    root.changed(path, replaced: false)
  }

  /// Overlay has no opaque root: where a layer asks for one, everything below is hidden by name.
  func emptyLowerRoot() throws {
    guard root.opaque.contains(.root) else { return }
    for lower in root.lowers {
      for entry in try lower.tree.entries() {
        try hide(entry.name, in: LayeredRoot.FolderView(path: .root, hasOwn: true, lowers: []))
      }
    }
  }

  private func isInLower(_ name: [UInt8], of folder: LayeredRoot.FolderView) throws -> Bool {
    var below = folder
    below.hasOwn = false
    if case .absent = try root.find(name, in: below) { return false }
    return true
  }
}
