import CWherryLinux

/// A folder mounted a second time, with other owners (mount_setattr(2), "ID-mapped mounts").
package enum IDMappedMount {
  /// Shows `folder` at `target`, an existing folder, with the owners of `namespace`. Throws ENOSYS where the kernel has
  /// no such mounts and EINVAL where the folder's file system has none.
  package static func attach(_ folder: String, on target: String, in namespace: FileDescriptorBox)
    throws(SystemError)
  {
    let tree = FileDescriptor(
      owning: try systemCall("clone mount of", path: folder) { wherry_clone_tree($0) })
    try systemCall("map owners of", folder) { wherry_map_tree(tree.rawValue, namespace.rawValue) }
    try systemCall("mount", path: target) { wherry_attach_tree(tree.rawValue, $0) }
  }
}
