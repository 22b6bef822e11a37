import Glibc
package import WherryLinux
import WherryModel

/// The last events, in `events` and `events.old` of the state folder: a line of hexadecimal CBOR each. Not synced: a
/// power cut may take the last with it, and a torn line is passed over.
package struct EventFile: Sendable {
  /// Bytes of either file.
  package static let maximum = 1 << 20
  /// Bytes of one event; a larger one is not taken (EFBIG).
  package static let maximumEvent = 32 << 10
  private let path: String
  private let old: String

  package init(state: StateDirectory) {
    path = state.path + "/events"
    old = path + ".old"
  }

  /// `isFirst` of this process.
  package func append(_ payload: [UInt8], isFirst: Bool) throws(SystemError) {
    guard payload.count <= Self.maximumEvent else { throw SystemError(errno: EFBIG, "record", "event") }
    if let status = try Files.statusIfPresent(path), status.size >= Int64(Self.maximum) {
      try Files.rename(path, to: old)
    }
    let file = try FileDescriptor.open(path, [.writeOnly, .create, .append, .noFollow], mode: 0o600)
    // An empty line ends what a power cut tore.
    try file.write(Array(((isFirst ? "\n" : "") + Hex.encode(payload) + "\n").utf8))
  }

  /// Oldest first. What is no event's bytes is for the caller to tell.
  package func readAll() throws(SystemError) -> [[UInt8]] {
    var payloads: [[UInt8]] = []
    for path in [old, path] {
      guard let bytes = try Files.readIfPresent(path, maximum: Self.maximum + 4 * Self.maximumEvent) else {
        continue
      }
      for line in bytes.split(separator: UInt8(ascii: "\n")) {
        if let payload = Self.decode(line) { payloads.append(payload) }
      }
    }
    return payloads
  }

  static func decode(_ line: ArraySlice<UInt8>) -> [UInt8]? {
    guard line.count % 2 == 0 else { return nil }
    var payload: [UInt8] = []
    var high: UInt8?
    for digit in line {
      let value: UInt8
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
      default: return nil
      }
      if let first = high {
        payload.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    return payload
  }
}
