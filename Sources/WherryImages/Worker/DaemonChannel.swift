import Glibc
import Synchronization
import WherryCBOR
import WherryLinux
import WherryModel

/// The worker's end of the socket to the daemon. When the daemon is gone the worker has no purpose.
final class DaemonChannel: Sendable {
  private let lock = Mutex(())

  func send(_ event: WorkerEvent) {
    lock.withLock { _ in
      do {
        try FrameCodec.write(event.cbor, to: 1)
      } catch {
        _exit(1)
      }
    }
  }

  func fail(_ error: any Error) {
    let error = WherryError.wrapping(error)
    send(
      .failed(
        code: error.code.rawValue, message: RegistryFailure.plain(error.message), hint: error.hint ?? ""))
  }

  /// The next command; the worker ends with the daemon.
  func next() throws -> WorkerCommand {
    guard let bytes = try FrameCodec.read(from: 0) else { _exit(1) }
    return try WorkerCommand(cbor: bytes)
  }
}
