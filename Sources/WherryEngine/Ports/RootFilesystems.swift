package import WherryModel

/// Mounts containers' root filesystems (overlay). Calls may block.
package protocol RootFilesystems: Sendable {
  /// Mounts `layers` (absolute paths of trees, lowest first; may be empty) under `upper` and returns the
  /// absolute path of the root. Does nothing where it is mounted already.
  func mount(_ id: ContainerID, layers: [String], upper: String, work: String) throws(WherryError) -> String
  /// Unmounts it and all below it. Does nothing where nothing is mounted.
  func unmount(_ id: ContainerID) throws(WherryError)
  /// Where the root of `id` is, or would be.
  func path(_ id: ContainerID) -> String
}
