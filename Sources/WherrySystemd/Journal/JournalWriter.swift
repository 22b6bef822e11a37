import CLibSystemd
import Glibc

/// Structured messages into the journal, sd_journal_sendv(3).
package enum JournalWriter {
  /// Whether standard error goes to the journal already (systemd.exec(5), `$JOURNAL_STREAM`):
  /// only then are messages wanted there rather than in front of a person.
  package static var isConnected: Bool {
    guard let value = getenv("JOURNAL_STREAM") else { return false }
    let parts = String(cString: value).split(separator: ":")
    var status = stat()
    guard parts.count == 2, fstat(2, &status) == 0 else { return false }
    return UInt64(parts[0]) == UInt64(status.st_dev) && UInt64(parts[1]) == UInt64(status.st_ino)
  }

  /// Sends `NAME=value` fields. False where the journal took nothing.
  @discardableResult
  package static func send(_ fields: [(name: String, value: String)]) -> Bool {
    let assignments = fields.map { Array("\($0.name)=\($0.value)".utf8) }
    let lengths = assignments.map(\.count)
    let bytes = assignments.flatMap(\.self)
    let result = bytes.withUnsafeBytes { buffer -> Int32 in
      guard let base = buffer.baseAddress else { return -EINVAL }
      var vector: [iovec] = []
      var offset = 0
      for length in lengths {
        vector.append(iovec(iov_base: UnsafeMutableRawPointer(mutating: base + offset), iov_len: length))
        offset += length
      }
      return sd_journal_sendv(vector, Int32(clamping: vector.count))
    }
    return result >= 0
  }

  /// A field name the journal accepts: capitals, digits and `_`, not starting with either of the
  /// latter, at most 64 (systemd.journal-fields(7)). Ours all start with `WHERRY_`.
  package static func fieldName(_ key: String) -> String {
    let name = key.utf8.prefix(57).map { byte -> Character in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"): Character(UnicodeScalar(byte - 32))
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        Character(UnicodeScalar(byte))
      default: "_"
      }
    }
    return "WHERRY_" + String(name)
  }
}
