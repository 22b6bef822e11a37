import WherryLinux
import WherryModel
import WherryRPC
import WherryTransport

/// A connection through the system's `ssh`, which runs `wherry dial-stdio` on the device. What ssh has to say or to
/// ask goes where it always goes.
enum SSHConnection {
  static func open(_ target: SSHTarget, with dialer: Dialer) async throws -> ConnectionDriver {
    let (child, socket) = try start(target)
    let connection = try await dialer.adopt(try socket.file.duplicate().release())
    do {
      // If ssh cannot get there, it says why on standard error and ends.
      try await connection.waitUntilEstablished()
    } catch {
      let status = try await child.wait()
      throw failure(target, status, error)
    }
    return connection
  }

  /// Returns with no descriptor of ssh's end open here: when ssh ends, the connection does.
  private static func start(_ target: SSHTarget) throws -> (ChildProcess, FileDescriptorBox) {
    let (ours, theirs) = try Pipe.socketPair()
    var ssh = Spawn("/usr/bin/env", ["ssh"] + target.arguments, environment: try Environment.all())
    ssh.descriptors = [0: theirs.rawValue, 1: theirs.rawValue, 2: 2]
    // Ctrl-C is for what runs on the device; ssh ends when the connection does.
    ssh.newSession = true
    do {
      return (try withExtendedLifetime(theirs) { () throws(SystemError) in try ssh.start() }, ours)
    } catch {
      throw WherryError(error, "ssh", hint: "install openssh-client")
    }
  }

  private static func failure(_ target: SSHTarget, _ status: ExitStatus, _ error: any Error) -> WherryError {
    let place = "ssh://\(target)"
    switch status.code {
    case 255:
      return WherryError(
        .permissionDenied, "ssh could not connect to \(place)", hint: "its own message is above", cause: error
      )
    case 127:
      return WherryError(
        .failedPrecondition, "ssh or, on the device, wherry was not found for \(place)",
        hint: "install openssh-client here and wherry there", cause: error)
    default:
      return WherryError(
        .failedPrecondition, "there is no daemon at the other end of \(place): \(error)",
        hint:
          "try: ssh \(target.host) wherry version; what a shell prints at login must not go to standard output",
        cause: error)
    }
  }
}
