import Glibc
import WherryLinux
import WherryModel
import WherryRPC
import WherryTransport

/// A connection that was open before this process began: the device has dialled and put `wherry dial-stdio` behind
/// it, somebody here has accepted, and this side calls. Who made the connection does not matter to the protocol.
enum InheritedConnection {
  /// `descriptor` stays open: once it has ended, a second try says so rather than to find another file behind its number.
  static func open(_ descriptor: Int32, with dialer: Dialer) async throws -> ConnectionDriver {
    let own = try duplicate(descriptor)
    let connection = try await dialer.adopt(own.release())
    do {
      try await connection.waitUntilEstablished()
    } catch {
      throw WherryError(
        .unavailable, "there is no daemon at the other end of fd://\(descriptor): \(error)",
        hint: "a connection serves one command; let the device dial again and run 'wherry dial-stdio'",
        cause: error)
    }
    return connection
  }

  private static func duplicate(_ descriptor: Int32) throws(WherryError) -> FileDescriptor {
    do throws(SystemError) {
      let own = try FileDescriptor.duplicating(descriptor)
      guard try own.status().kind == .socket else {
        throw SystemError(errno: ENOTSOCK, "use", "descriptor \(descriptor)")
      }
      return own
    } catch {
      throw WherryError(
        .invalidArgument, "fd://\(descriptor) is no socket that this process has inherited: \(error)",
        hint: "pass the accepted connection as descriptor \(descriptor)", cause: error)
    }
  }
}
