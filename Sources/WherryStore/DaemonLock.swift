import WherryLinux
import WherryModel

/// Holds the state directory for one daemon, by flock(2), until the process ends.
final class DaemonLock: Sendable {
  /// Kept open: closing it releases the lock.
  private let file: FileDescriptor

  init(_ path: String) throws(WherryError) {
    let file = try WherryError.converting { () throws(SystemError) in try Self.open(path) }
    let taken = try WherryError.converting { () throws(SystemError) in try file.tryLock() }
    guard taken else {
      throw WherryError(
        .conflict, "another wherry daemon uses the state behind \(path)",
        hint: "stop it, or give this one a state directory of its own with --state")
    }
    self.file = file
  }

  /// Locking needs no writing: a daemon on a read-only disk can still stop containers and say what is there.
  private static func open(_ path: String) throws(SystemError) -> FileDescriptor {
    do {
      return try FileDescriptor.open(path, [.readWrite, .create, .noFollow], mode: 0o600)
    } catch {
      guard error.isReadOnly else { throw error }
      return try FileDescriptor.open(path, [.noFollow])
    }
  }
}
