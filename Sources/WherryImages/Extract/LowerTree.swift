import WherryLinux
import WherryStore

/// A layer below the one that is extracted: its tree, and its opaque folders.
///
/// Overlay knows opaque folders by a `trusted.` attribute, which a process without CAP_SYS_ADMIN cannot
/// read. They are therefore listed in a file beside the tree as well.
final class LowerTree {
  let tree: FileDescriptor
  let opaque: Set<TreePath>

  init(path: String) throws(SystemError) {
    tree = try FileDescriptor.open(path, [.directory])
    let parent = path.hasSuffix("/tree") ? String(path.dropLast(5)) : nil
    let list = try parent.map { folder throws(SystemError) in
      try Files.readIfPresent("\(folder)/\(LayerStore.opaqueList)", maximum: 64 << 20) ?? []
    }
    opaque = Self.decode(list ?? [])
  }

  /// Paths, each followed by a NUL.
  static func encode(_ paths: some Sequence<TreePath>) -> [UInt8] {
    paths.flatMap { $0.bytes + [0] }
  }

  private static func decode(_ bytes: [UInt8]) -> Set<TreePath> {
    Set(
      bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast()
        .compactMap { TreePath(checking: Array($0)) })
  }
}
