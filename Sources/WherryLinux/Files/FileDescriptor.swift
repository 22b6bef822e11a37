import CWherryLinux
import Glibc

/// An open file, closed exactly once. Always close-on-exec.
package struct FileDescriptor: ~Copyable, Sendable {
  /// Valid while this value lives.
  package let rawValue: Int32

  /// Takes over an open descriptor. The caller made it close-on-exec at birth.
  package init(owning rawValue: Int32) {
    self.rawValue = rawValue
  }

  deinit {
    // close(2) frees the number whatever it returns, and must not be called again.
    _ = Glibc.close(rawValue)
  }

  /// Closes it, saying what the last write back said. close(2): not retried on EINTR.
  package consuming func close() throws(SystemError) {
    let number = rawValue
    discard self
    if Glibc.close(number) == -1, Glibc.errno != EINTR {
      throw .last("close", "descriptor \(number)")
    }
  }

  /// Gives the descriptor away; the receiver closes it.
  package consuming func release() -> Int32 {
    let number = rawValue
    discard self
    return number
  }

  /// Another descriptor of the same open file.
  package func duplicate() throws(SystemError) -> FileDescriptor {
    try Self.duplicating(rawValue)
  }

  /// A new owner of the open file behind a descriptor owned by someone else.
  package static func duplicating(_ rawValue: Int32, atLeast minimum: Int32 = 3) throws(SystemError)
    -> FileDescriptor
  {
    FileDescriptor(
      owning: try systemCall("duplicate", "descriptor \(rawValue)") {
        wherry_fcntl(rawValue, F_DUPFD_CLOEXEC, minimum)
      })
  }

  /// Opens `path`, relative to the working directory where it does not start with `/`.
  package static func open(_ path: some PathBytes, _ flags: OpenFlags = .readOnly, mode: UInt32 = 0)
    throws(SystemError) -> FileDescriptor
  {
    FileDescriptor(
      owning: try systemCall("open", path: path) {
        wherry_openat(AT_FDCWD, $0, flags.complete, mode)
      })
  }

  /// Opens `path` relative to this folder, as openat(2): follows links unless told otherwise.
  package func open(_ path: some PathBytes, _ flags: OpenFlags = .readOnly, mode: UInt32 = 0)
    throws(SystemError) -> FileDescriptor
  {
    FileDescriptor(
      owning: try systemCall("open", path: path) {
        wherry_openat(rawValue, $0, flags.complete, mode)
      })
  }

  /// Opens `path` relative to this folder under the rules of `resolve`, openat2(2).
  ///
  /// EAGAIN means that something was renamed while it looked; it is tried again, some times.
  package func open(
    _ path: some PathBytes, _ flags: OpenFlags = .readOnly, mode: UInt32 = 0, resolve: ResolveFlags
  ) throws(SystemError) -> FileDescriptor {
    // openat2 refuses a mode without a flag that creates, and flags beside O_PATH it does not know.
    let creates = flags.contains(.create)
    let complete =
      flags.contains(.pathOnly)
      ? (flags.rawValue & (OpenFlags.pathOnly.rawValue | O_DIRECTORY | O_NOFOLLOW)) | O_CLOEXEC
      : flags.complete
    var attempts = 0
    while true {
      do throws(SystemError) {
        return FileDescriptor(
          owning: try systemCall("open", path: path) {
            wherry_openat2(
              rawValue, $0, UInt64(UInt32(bitPattern: complete)), creates ? UInt64(mode & 0o7777) : 0,
              resolve.rawValue)
          })
      } catch {
        attempts += 1
        if error.errno != EAGAIN || attempts >= 64 { throw error }
      }
    }
  }

  /// Whether reads and writes return EAGAIN instead of waiting. Shared by all that share the open file.
  package func setNonBlocking(_ on: Bool) throws(SystemError) {
    let number = rawValue
    let flags = try systemCall("read flags of", "descriptor \(number)") { wherry_fcntl(number, F_GETFL, 0) }
    let wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK
    if wanted == flags { return }
    try systemCall("set flags of", "descriptor \(number)") { wherry_fcntl(number, F_SETFL, wanted) }
  }

  /// Makes a descriptor that another process handed over close-on-exec.
  package static func setCloseOnExec(_ rawValue: Int32) throws(SystemError) {
    try systemCall("set flags of", "descriptor \(rawValue)") { wherry_fcntl(rawValue, F_SETFD, FD_CLOEXEC) }
  }

  package var isTerminal: Bool { isatty(rawValue) == 1 }
}
