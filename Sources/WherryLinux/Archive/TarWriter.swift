/// Writes tar archives: ustar, and a pax header before what does not fit in it.
package enum TarWriter {
  /// Two empty blocks end an archive.
  package static let end = [UInt8](repeating: 0, count: 2 * TarHeader.size)

  /// Zeros that follow `size` bytes of content.
  package static func padding(after size: Int64) -> Int {
    Int((512 - size & 511) & 511)
  }

  /// What stands before the content of `entry`.
  package static func header(_ entry: TarMember) -> [UInt8] {
    var records: [UInt8] = []
    if entry.path.count > TarHeader.name.count { records += record("path", entry.path) }
    if entry.target.count > TarHeader.target.count { records += record("linkpath", entry.target) }
    if entry.size >= 1 << 33 { records += record("size", Array("\(entry.size)".utf8)) }
    if entry.userID >= 1 << 21 { records += record("uid", Array("\(entry.userID)".utf8)) }
    if entry.groupID >= 1 << 21 { records += record("gid", Array("\(entry.groupID)".utf8)) }
    let seconds = entry.modified.seconds
    if seconds < 0 || seconds >= 1 << 33 { records += record("mtime", Array("\(seconds)".utf8)) }
    for (name, value) in entry.attributes.sorted(by: { $0.key < $1.key }) {
      records += record("SCHILY.xattr.\(name)", value)
    }
    let own = block(entry, type: type(entry.kind))
    guard !records.isEmpty else { return own }
    var pax = TarMember(
      path: Array("PaxHeaders/".utf8) + entry.path.suffix(80), kind: .regular, permissions: 0o644)
    pax.size = Int64(records.count)
    let padding = [UInt8](repeating: 0, count: padding(after: pax.size))
    return block(pax, type: UInt8(ascii: "x")) + records + padding + own
  }

  /// `LENGTH NAME=VALUE\n`, where the length counts itself.
  private static func record(_ name: String, _ value: [UInt8]) -> [UInt8] {
    let rest = Array(" \(name)=".utf8) + value + [UInt8(ascii: "\n")]
    var length = rest.count + 1
    while "\(length)".utf8.count + rest.count != length { length = "\(length)".utf8.count + rest.count }
    return Array("\(length)".utf8) + rest
  }

  private static func type(_ kind: TarMember.Kind) -> UInt8 {
    switch kind {
    case .regular: UInt8(ascii: "0")
    case .hardLink: UInt8(ascii: "1")
    case .symbolicLink: UInt8(ascii: "2")
    case .characterDevice: UInt8(ascii: "3")
    case .blockDevice: UInt8(ascii: "4")
    case .directory: UInt8(ascii: "5")
    case .fifo: UInt8(ascii: "6")
    }
  }

  private static func block(_ entry: TarMember, type: UInt8) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: TarHeader.size)
    func put(_ bytes: some Collection<UInt8>, _ field: TarHeader.Field) {
      let bytes = bytes.prefix(field.count)
      header.replaceSubrange(field.lowerBound..<field.lowerBound + bytes.count, with: bytes)
    }
    func put(_ number: Int64, _ field: TarHeader.Field) {
      // What does not fit stands in the pax header; a reader takes it from there.
      let limit: Int64 = 1 << (3 * Int64(field.count - 1))
      let digits = String(number >= 0 && number < limit ? number : 0, radix: 8)
      put(
        Array(String(repeating: "0", count: field.count - 1 - digits.utf8.count).utf8) + Array(digits.utf8),
        field)
    }
    put(entry.path, TarHeader.name)
    put(Int64(entry.permissions), TarHeader.mode)
    put(Int64(entry.userID), TarHeader.userID)
    put(Int64(entry.groupID), TarHeader.groupID)
    put(entry.size, TarHeader.length)
    put(entry.modified.seconds, TarHeader.modified)
    header[TarHeader.type] = type
    put(entry.target, TarHeader.target)
    put(Array("ustar\u{0}00".utf8), TarHeader.magic)
    put(Int64(entry.major), TarHeader.major)
    put(Int64(entry.minor), TarHeader.minor)
    let sum = String(TarHeader.sums(header).unsigned, radix: 8)
    put(Array((String(repeating: "0", count: 6 - sum.utf8.count) + sum + "\u{0} ").utf8), TarHeader.checksum)
    return header
  }
}
