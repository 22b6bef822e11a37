import Glibc
package import WherryLinux
package import WherryModel

/// A blocking stream to a unix socket, for those who pass bytes on without reading them.
package enum LocalStream {
  package static func connect(_ path: String) throws(WherryError) -> FileDescriptor {
    let descriptor = socket(AF_UNIX, Int32(bitPattern: SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else {
      throw WherryError(.internal, "make a socket: \(String(cString: strerror(errno)))")
    }
    let file = FileDescriptor(owning: descriptor)
    guard try SocketPath.with(path, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
      throw WherryError.cannotConnect(path, errno)
    }
    return file
  }

  /// The same for one that must not be waited for: a queue that is full is an error, EAGAIN. The stream does not block.
  package static func connectAtOnce(_ path: String) throws(SystemError) -> FileDescriptor {
    let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
    let descriptor = socket(AF_UNIX, Int32(bitPattern: kind), 0)
    guard descriptor >= 0 else { throw SystemError(errno: errno, "make", "a socket") }
    let file = FileDescriptor(owning: descriptor)
    let result: Int32
    do throws(WherryError) {
      result = try SocketPath.with(path) { Glibc.connect(descriptor, $0, $1) }
    } catch {
      throw SystemError(errno: ENAMETOOLONG, "connect to", path)
    }
    guard result == 0 else { throw SystemError(errno: errno, "connect to", path) }
    return file
  }
}

extension WherryError {
  static func cannotConnect(_ path: String, _ number: Int32, cause: (any Error)? = nil) -> WherryError {
    WherryError(
      .unavailable, "cannot connect to the Wherry daemon at \(path): \(String(cString: strerror(number)))",
      hint: "is wherry.socket running? are you root or in group wherry?", cause: cause)
  }
}
