/// `struct inotify_event` (inotify(7)): watch, mask, cookie and length, four bytes each, then so many bytes of name.
struct InotifyRecord {
  var watch: Int32
  var changes: FileWatch.Changes
  var name: String

  static func parse(_ bytes: [UInt8]) -> [InotifyRecord] {
    var records: [InotifyRecord] = []
    bytes.withUnsafeBytes { buffer in
      var offset = 0
      while offset + 16 <= buffer.count {
        let length = Int(buffer.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
        guard offset + 16 + length <= buffer.count else { return }
        let name = buffer[(offset + 16)..<(offset + 16 + length)].prefix { $0 != 0 }
        records.append(
          InotifyRecord(
            watch: buffer.loadUnaligned(fromByteOffset: offset, as: Int32.self),
            changes: FileWatch.Changes(
              rawValue: buffer.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)),
            name: String(decoding: name, as: UTF8.self)))
        offset += 16 + length
      }
    }
    return records
  }
}
