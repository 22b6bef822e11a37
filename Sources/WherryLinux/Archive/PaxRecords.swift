/// What a pax header says of the member that follows.
struct PaxRecords: Sendable {
  var path: [UInt8]?
  var target: [UInt8]?
  var size: Int64?
  var userID: Int64?
  var groupID: Int64?
  /// Seconds; a fraction is dropped.
  var modified: Int64?
  var attributes: [String: [UInt8]] = [:]

  private static let attributePrefix = Array("SCHILY.xattr.".utf8)

  /// `LENGTH NAME=VALUE\n`, one after the other.
  mutating func read(_ bytes: [UInt8]) throws(TarError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let digits = rest.prefix { $0 != UInt8(ascii: " ") }
      guard digits.count <= 7, let length = Self.number(digits), length > digits.count, length <= rest.count
      else {
        throw TarError("a pax header's record has no length")
      }
      let record = rest.prefix(Int(length)).dropFirst(digits.count + 1)
      rest = rest.dropFirst(Int(length))
      guard record.last == UInt8(ascii: "\n"), let equals = record.firstIndex(of: UInt8(ascii: "=")) else {
        throw TarError("a pax header's record does not end")
      }
      try take(Array(record[..<equals]), Array(record[equals...].dropFirst().dropLast()))
    }
  }

  private mutating func take(_ name: [UInt8], _ value: [UInt8]) throws(TarError) {
    // An empty value takes back what was said before.
    switch String(decoding: name, as: UTF8.self) {
    case "path": path = value.isEmpty ? nil : value
    case "linkpath": target = value.isEmpty ? nil : value
    case "size": size = try number("size", value, 0..<1 << 60)
    case "uid": userID = try number("uid", value, 0..<1 << 32)
    case "gid": groupID = try number("gid", value, 0..<1 << 32)
    case "mtime":
      let whole = value.prefix { $0 != UInt8(ascii: ".") }
      modified = try number("mtime", Array(whole), -(1 << 60)..<1 << 60)
    case let text where text.hasPrefix("GNU.sparse"):
      throw TarError("the archive has a sparse file, which is not taken")
    default:
      guard name.starts(with: Self.attributePrefix), attributes.count < 64, value.count <= 4096 else {
        return
      }
      attributes[String(decoding: name.dropFirst(Self.attributePrefix.count), as: UTF8.self)] = value
    }
  }

  private func number(_ name: String, _ value: [UInt8], _ range: Range<Int64>) throws(TarError) -> Int64? {
    if value.isEmpty { return nil }
    guard let number = Self.number(value[...]), range.contains(number) else {
      throw TarError("a pax header's \(name) is no number that can be")
    }
    return number
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
    Int64(String(decoding: digits, as: UTF8.self))
  }
}
