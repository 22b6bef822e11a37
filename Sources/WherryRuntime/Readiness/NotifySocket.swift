import Glibc
import WherryEngine
import WherryLinux
import WherryOCI

/// Where a container says that it is ready, sd_notify(3): a socket of ours in a folder that it sees, never systemd's
/// own, so that nothing but `READY=1` can be said. Nobody listens any more once that was heard.
final class NotifySocket: Sendable {
  static let name = "notify.sock"
  /// In the container, where crun and Podman have it too.
  static let folder = "/run/notify"
  private static let maximumMessage = 4096

  private let socket: FileDescriptorBox

  /// Listens in `folder`, which it makes, in place of what was there.
  init(in folder: String) throws(SystemError) {
    try Files.makeDirectories(folder, mode: 0o755)
    try Files.unlink("\(folder)/\(Self.name)")
    let number = Glibc.socket(
      AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    if number < 0 { throw SystemError.last("open socket in", folder) }
    socket = FileDescriptorBox(FileDescriptor(owning: number))
    // A path through the folder's descriptor: the whole may be longer than an address.
    let directory = try FileDescriptor.open(folder, [.directory, .pathOnly])
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = Array("/proc/self/fd/\(directory.rawValue)/\(Self.name)".utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard bound == 0, fchmodat(directory.rawValue, Self.name, 0o666, 0) == 0 else {
      throw SystemError.last("listen in", folder)
    }
  }

  /// Returns when the container has said `READY=1`.
  func waitUntilReady() async throws {
    repeat { try await Readiness.shared.wait(socket.rawValue, for: .readable) } while try !receive()
  }

  /// As `waitUntilReady`, for processes without tasks; false when the container has ended first, or after `patience`.
  func waitUntilReadyBlocking(or process: PIDFD, patience: Duration) throws(SystemError) -> Bool {
    let deadline = ContinuousClock.now + patience
    while try socket.file.waitUntilReadable(until: deadline, or: process.rawValue) {
      if try receive() { return true }
      if try process.hasExited() { return false }
    }
    return false
  }

  /// Whether the message that has come says so.
  private func receive() throws(SystemError) -> Bool {
    // A descriptor that comes with the message (sd_notify_barrier(3)) is closed by the kernel.
    let number = socket.rawValue
    var count = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: Self.maximumMessage) { buffer, filled in
      count = recv(number, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
      filled = max(count, 0)
    }
    if count < 0, errno != EAGAIN, errno != EINTR { throw SystemError.last("read", Self.name) }
    return Self.saysReady(bytes)
  }

  static func saysReady(_ message: [UInt8]) -> Bool {
    message.split(separator: UInt8(ascii: "\n")).contains { $0.elementsEqual("READY=1".utf8) }
  }

  /// The configuration of a container that sees the socket in `folder`.
  static func applied(_ spec: RuntimeSpec, folder: String) -> RuntimeSpec {
    var spec = spec
    spec.process.env.removeAll { $0.hasPrefix("NOTIFY_SOCKET=") }
    spec.process.env.append("NOTIFY_SOCKET=\(Self.folder)/\(name)")
    // Read-only: sending needs no more, and the folder is the device's memory.
    spec.mounts.append(
      .init(
        destination: Self.folder, type: "bind", source: folder,
        options: ["bind", "ro", "nosuid", "nodev", "noexec", "rprivate"]))
    return spec
  }
}

extension ContainerFiles {
  var notifyFolder: String { bundle + "/notify" }
  /// There once the container was found ready.
  var ready: String { bundle + "/ready" }
}
