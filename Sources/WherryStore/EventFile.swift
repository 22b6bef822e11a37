import Glibc
package import WherryLinux
import WherryModel

/// The last events, in `events` and `events.old` of the state folder: a line of hexadecimal CBOR each. The daemon and
/// the hooks of units write at the same time. Not synced: a power cut may take the last with it, and a torn line is
/// passed over.
package struct EventFile: Sendable {
  /// Bytes of either file.
  package static let maximum = 1 << 20
  /// Bytes of one event; a larger one is not taken (EFBIG).
  package static let maximumEvent = 32 << 10
  /// Of both files together, with what may go over.
  static let maximumRead = maximum + 4 * maximumEvent
  private static let newline = UInt8(ascii: "\n")
  package static let name = "events"
  package let folder: String
  var path: String { "\(folder)/\(Self.name)" }
  var old: String { path + ".old" }

  package init(state: StateDirectory) {
    folder = state.path
  }

  /// Blocks, a second at most while others write (ETIMEDOUT then). Once it returns the event is there, whole.
  package func append(_ payload: [UInt8]) throws(SystemError) {
    guard payload.count <= Self.maximumEvent else { throw SystemError(errno: EFBIG, "record", "event") }
    for _ in 0..<Self.attempts {
      let file = try FileDescriptor.open(path, [.readWrite, .create, .append, .noFollow], mode: 0o600)
      guard try file.tryLock() else {
        usleep(Self.pause)
        continue
      }
      let status = try file.status()
      // Another has just made it the old one.
      guard try Files.statusIfPresent(path)?.inode == status.inode else { continue }
      if status.size >= Int64(Self.maximum) {
        try Files.rename(path, to: old)
        continue
      }
      // An empty line ends what a power cut or a full disk tore.
      let last = status.size > 0 ? try file.read(maximum: 1, at: status.size - 1) : [Self.newline]
      let isTorn = last != [Self.newline]
      try file.write(Array(((isTorn ? "\n" : "") + Hex.encode(payload) + "\n").utf8))
      return
    }
    throw SystemError(errno: ETIMEDOUT, "lock", path)
  }

  private static let attempts = 200
  private static let pause: UInt32 = 5000

  /// The lines that hold `text`, oldest first. What is no event's bytes is for the caller to tell.
  package func payloads(mentioning text: String) throws(SystemError) -> [[UInt8]] {
    let needle = Array(Hex.encode(Array(text.utf8)).utf8)
    var payloads: [[UInt8]] = []
    for path in [old, path] {
      guard let bytes = try Files.readIfPresent(path, maximum: Self.maximumRead) else { continue }
      for line in bytes.split(separator: Self.newline) where Self.contains(line, needle) {
        if let payload = Hex.decode(line) { payloads.append(payload) }
      }
    }
    return payloads
  }

  private static func contains(_ line: ArraySlice<UInt8>, _ needle: [UInt8]) -> Bool {
    guard line.count >= needle.count else { return false }
    return (0...(line.count - needle.count)).contains { line.dropFirst($0).starts(with: needle) }
  }
}
