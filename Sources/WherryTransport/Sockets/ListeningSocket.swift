import Glibc
import Synchronization
package import WherryModel

/// A listening unix socket this process has inherited or made.
///
/// It stays open, and the kernel keeps queuing connections, while nobody accepts from it.
package final class ListeningSocket: Sendable {
  private let descriptor: Int32
  /// What to unlink in the end, where this process made it.
  private let made: (path: String, device: dev_t, inode: ino_t)?

  /// Takes over a descriptor that listens already, such as systemd's.
  package init(inherited descriptor: Int32) {
    self.descriptor = descriptor
    made = nil
  }

  /// Makes the socket `path` with mode 0660, owned by `group` where that is given.
  ///
  /// A socket nobody listens on is replaced; anything else that stands there is left alone.
  package init(path: String, group: UInt32? = nil) throws(WherryError) {
    try Self.removeStale(path)
    let descriptor = socket(AF_UNIX, Int32(bitPattern: SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw Self.failure("make a socket for", path) }
    do throws(WherryError) {
      // Before it is bound: Linux gives the file the socket's mode, so it is never open to more.
      guard fchmod(descriptor, 0o660) == 0 else { throw Self.failure("set the mode of", path) }
      guard try SocketPath.with(path, { bind(descriptor, $0, $1) }) == 0 else {
        throw Self.failure("bind", path)
      }
      if let group, lchown(path, uid_t.max, group) != 0 { throw Self.failure("set the group of", path) }
      guard listen(descriptor, 4096) == 0 else { throw Self.failure("listen on", path) }
      var status = stat()
      guard lstat(path, &status) == 0 else { throw Self.failure("look at", path) }
      made = (path, status.st_dev, status.st_ino)
      self.descriptor = descriptor
    } catch {
      Glibc.close(descriptor)
      throw error
    }
  }

  /// Makes a TCP socket that listens on `ADDRESS:PORT`, an IPv6 address in brackets; numbers only.
  package init(address text: String) throws(WherryError) {
    let address = try TCPAddress.parse(text)
    let descriptor = socket(
      address.family, Int32(bitPattern: SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw Self.failure("make a socket for", text) }
    do throws(WherryError) {
      var on: Int32 = 1
      setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
      guard address.bind(descriptor) == 0 else { throw Self.failure("bind", text) }
      guard listen(descriptor, 4096) == 0 else { throw Self.failure("listen on", text) }
    } catch {
      Glibc.close(descriptor)
      throw error
    }
    self.descriptor = descriptor
    made = nil
  }

  deinit {
    if let made {
      var status = stat()
      // Not another daemon's, which may have replaced it.
      if lstat(made.path, &status) == 0, status.st_ino == made.inode, status.st_dev == made.device {
        unlink(made.path)
      }
    }
    Glibc.close(descriptor)
  }

  /// Where clients connect to, of a unix socket that has a path.
  package var path: String? {
    if let made { return made.path }
    var address = sockaddr_un()
    var length = socklen_t(MemoryLayout<sockaddr_un>.size)
    let status = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    guard status == 0, address.sun_family == sa_family_t(AF_UNIX) else { return nil }
    let path = withUnsafeBytes(of: address.sun_path) { Array($0.prefix { $0 != 0 }) }
    return path.isEmpty ? nil : String(decoding: path, as: UTF8.self)
  }

  /// A descriptor of the same socket, for the event loop to close as it likes.
  func duplicate() throws(WherryError) -> Int32 {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
    guard copy >= 0 else { throw Self.failure("duplicate", "a listening socket") }
    return copy
  }

  /// How long the last listener may take to end. One that was killed holds the socket until its last thread is gone, and
  /// so does a child it was about to start.
  private static let patience = Duration.seconds(3)

  private static func removeStale(_ path: String) throws(WherryError) {
    let clock = ContinuousClock()
    let end = clock.now.advanced(by: patience)
    while try isListenedOn(path) {
      guard clock.now < end else {
        throw WherryError(
          .conflict, "another process listens on \(path)", hint: "stop it, or give another --socket")
      }
      usleep(20_000)
    }
    guard unlink(path) == 0 || errno == ENOENT else { throw failure("remove the stale socket", path) }
  }

  /// Throws where something stands there that is no socket.
  private static func isListenedOn(_ path: String) throws(WherryError) -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if errno == ENOENT { return false }
      throw failure("look at", path)
    }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw WherryError(.conflict, "\(path) exists and is no socket", hint: "move it away")
    }
    let probe = socket(
      AF_UNIX, Int32(bitPattern: SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard probe >= 0 else { throw failure("make a socket for", path) }
    defer { Glibc.close(probe) }
    return try SocketPath.with(path, { connect(probe, $0, $1) }) == 0
      || (errno != ECONNREFUSED && errno != ENOENT)
  }

  private static func failure(_ operation: String, _ object: String) -> WherryError {
    WherryError(.failedPrecondition, "\(operation) \(object): \(String(cString: strerror(errno)))")
  }
}
