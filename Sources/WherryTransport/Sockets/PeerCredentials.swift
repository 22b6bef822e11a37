import Glibc
import NIOCore

/// Who is at the other end of a unix socket, as the kernel noted when it connected (unix(7), SO_PEERCRED).
package struct PeerCredentials: Sendable, Hashable {
  package var uid: UInt32
  package var gid: UInt32
  package var pid: Int32

  package init(uid: UInt32, gid: UInt32, pid: Int32) {
    self.uid = uid
    self.gid = gid
    self.pid = pid
  }

  /// `uid 1000 pid 4711`, for people and logs.
  package var description: String { "uid \(uid) pid \(pid)" }

  static func read(from channel: any Channel) -> EventLoopFuture<PeerCredentials> {
    guard let socket = channel as? any SocketOptionProvider else {
      return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
    }
    let credentials: EventLoopFuture<KernelCredentials> = socket.unsafeGetSocketOption(
      level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
    return credentials.map { PeerCredentials(uid: $0.uid, gid: $0.gid, pid: $0.pid) }
  }
}

/// `struct ucred` of <sys/socket.h>, which glibc declares for _GNU_SOURCE only.
private struct KernelCredentials: Sendable {
  var pid: Int32
  var uid: UInt32
  var gid: UInt32
}
