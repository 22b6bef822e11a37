import WherryLinux
import WherryModel

/// Holds the state directory for one daemon, by flock(2), until the process ends.
final class DaemonLock: Sendable {
  /// Kept open: closing it releases the lock.
  private let file: FileDescriptor

  init(_ path: String) throws(WherryError) {
    let file = try WherryError.converting { () throws(SystemError) in
      try FileDescriptor.open(path, [.readWrite, .create, .noFollow], mode: 0o600)
    }
    let taken = try WherryError.converting { () throws(SystemError) in try file.tryLock() }
    guard taken else {
      throw WherryError(
        .conflict, "another wherry daemon uses the state behind \(path)",
        hint: "stop it, or give this one a state directory of its own with --state")
    }
    self.file = file
  }
}
