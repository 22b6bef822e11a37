import WherryLinux
package import WherryModel

/// Holds a storage for one server, by flock(2), until the process ends: uploads are known to one only.
package final class RegistryLock: Sendable {
  /// Kept open: closing it releases the lock.
  private let file: FileDescriptor

  package init(_ store: RegistryStore) throws(WherryError) {
    let path = store.path
    let opened = try WherryError.converting { () throws(SystemError) in
      try FileDescriptor.open(path + "/serve.lock", [.readWrite, .create, .noFollow], mode: 0o640)
    }
    let taken = try WherryError.converting { () throws(SystemError) in try opened.tryLock() }
    guard taken else {
      throw WherryError(
        .conflict, "another wherry registry serves \(path)",
        hint: "stop it, or give this one a folder of its own with --storage")
    }
    file = opened
  }
}
