package import WherryLinux
package import WherryModel

/// Mounts containers' root filesystems (overlay). Calls may block.
package protocol RootFilesystems: Sendable {
  /// Mounts `layers` (absolute paths of trees, lowest first; may be empty) under `upper` and returns the
  /// absolute path of the root. Does nothing where it is mounted already.
  /// With `owners` the files on disk, whose owners are the container's own, belong to those of the device.
  /// What is written to a transient root is never waited for, and lost with the power.
  func mount(
    _ id: ContainerID, layers: [String], upper: String, work: String, owners: IDMap?, isTransient: Bool
  ) throws(WherryError) -> String
  /// Unmounts it and all below it. Does nothing where nothing is mounted.
  func unmount(_ id: ContainerID) throws(WherryError)
  /// Where the root of `id` is, or would be.
  func path(_ id: ContainerID) -> String
  /// Opens the mounted root without what is mounted in it.
  func openBare(_ id: ContainerID) throws(WherryError) -> FileDescriptorBox
}

extension RootFilesystems {
  package func openBare(_ id: ContainerID) throws(WherryError) -> FileDescriptorBox {
    try WherryError.converting("open the container's root") { () throws(SystemError) in
      FileDescriptorBox(try FileDescriptor.open(path(id), [.directory]))
    }
  }
}
