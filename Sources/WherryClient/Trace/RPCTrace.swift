import Glibc
import Synchronization
import WherryCBOR
import WherryLinux
import WherryModel
import WherryRPC

/// Shows or keeps every message of this process's connections.
///
/// `WHERRY_TRACE=1` prints each on standard error: seconds since the first, direction, size, and the message in
/// diagnostic notation. `WHERRY_CAPTURE=FILE` appends each to FILE as a CBOR sequence of
/// `[direction (0 sent, 1 received), microseconds since 1970, message as a byte string]`.
final class RPCTrace: Sendable {
  private let printing: Bool
  private let capture: FileDescriptorBox?
  private let start = Mutex<ContinuousClock.Instant?>(nil)

  private init(printing: Bool, capture: FileDescriptorBox?) {
    self.printing = printing
    self.capture = capture
  }

  static func fromEnvironment() throws(WherryError) -> RPCTrace? {
    let printing = !["", "0"].contains(Environment["WHERRY_TRACE"] ?? "")
    let path = Environment["WHERRY_CAPTURE"] ?? ""
    guard printing || !path.isEmpty else { return nil }
    let capture =
      path.isEmpty
      ? nil
      : try WherryError.converting("capture to \(path)") { () throws(SystemError) in
        // What commands are given may be secret.
        FileDescriptorBox(try FileDescriptor.open(path, [.writeOnly, .create, .append], mode: 0o600))
      }
    return RPCTrace(printing: printing, capture: capture)
  }

  var tap: FrameTap {
    FrameTap { direction, message in
      if self.printing { self.show(direction, message) }
      if let capture = self.capture { self.keep(direction, message, capture) }
    }
  }

  private func show(_ direction: FrameTap.Direction, _ message: ArraySlice<UInt8>) {
    let now = ContinuousClock.now
    let first = start.withLock { start in
      if let start { return start }
      start = now
      return now
    }
    let line = TraceLine.text(direction, message, at: first.duration(to: now)) + "\n"
    write(Array(line.utf8), STDERR_FILENO)
  }

  private func keep(_ direction: FrameTap.Direction, _ message: ArraySlice<UInt8>, _ file: FileDescriptorBox)
  {
    var record = CBORWriter()
    record.writeArrayHeader(3)
    record.writeUInt(direction.rawValue)
    record.writeUInt(Timestamp.now().nanoseconds / 1000)
    record.writeBytes(Array(message))
    write(record.bytes, file.rawValue)
  }

  /// A trace that cannot be written must not end what is traced.
  private func write(_ bytes: [UInt8], _ descriptor: Int32) {
    _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
  }
}
