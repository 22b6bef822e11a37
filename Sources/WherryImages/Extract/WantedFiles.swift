/// The files of a layer that are to be written again, while all others are there already.
struct WantedFiles {
  private let paths: Set<TreePath>
  /// Last names, so that most entries are passed over at once.
  private let names: Set<[UInt8]>

  init(_ paths: Set<TreePath>) {
    self.paths = paths
    names = Set(paths.compactMap { $0.split?.name })
  }

  /// Whether `entry`, which its archive names so, is one of them.
  func has(
    _ entry: TarEntry, _ name: [UInt8], in folders: [[UInt8]], _ root: LayeredRoot
  ) throws -> Bool {
    switch entry.kind {
    case .regular, .hardLink: break
    default: return false
    }
    guard names.contains(name), let folder = try root.resolve(folders, create: false) else { return false }
    return paths.contains(folder.path.appending(name))
  }
}
