import Glibc
import WherryLinux
import WherryModel

/// Holds the state directory for one daemon, by flock(2), until the process ends.
final class DaemonLock: Sendable {
  /// Kept open: closing it releases the lock.
  private let file: FileDescriptor

  init(_ path: String) throws(WherryError) {
    let file = try WherryError.converting { () throws(SystemError) in try Self.open(path) }
    let taken = try WherryError.converting { () throws(SystemError) in try Self.take(file) }
    guard taken else {
      throw WherryError(
        .conflict, "another wherry daemon uses the state behind \(path)",
        hint: "stop it, or give this one a state directory of its own with --state")
    }
    self.file = file
  }

  /// Waits up to a second: the daemon before may just be ending, and a program it is just starting has a copy of
  /// the descriptor until it is executed. flock(2) itself cannot be told how long to wait.
  private static func take(_ file: borrowing FileDescriptor) throws(SystemError) -> Bool {
    for _ in 0..<50 {
      if try file.tryLock() { return true }
      usleep(20_000)
    }
    return try file.tryLock()
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
