import WherryCBOR
import WherryModel

/// Reads a record's map in the order of its keys. Keys after the last one asked for are skipped, so that a
/// record with more fields can be read.
struct FieldReader {
  private var reader: CBORReader
  private var remaining: Int
  private var pending: UInt64?

  /// Any failure is `dataLoss`: the checksum was right, the content is not a record of this kind.
  static func decode<Value>(
    _ payload: [UInt8], what: String, _ body: (inout FieldReader) throws -> Value
  ) throws(WherryError) -> Value {
    do {
      var reader = CBORReader(payload)
      let count = try reader.readMapHeader()
      var fields = FieldReader(reader: reader, remaining: count)
      return try body(&fields)
    } catch {
      throw WherryError(.dataLoss, "\(what) cannot be read: \(error)", cause: error)
    }
  }

  private struct Missing: Error, CustomStringConvertible {
    var key: UInt64
    var description: String { "field \(key) is missing" }
  }

  /// Whether the field is there; the reader then stands at its value.
  private mutating func seek(_ key: UInt64) throws -> Bool {
    while true {
      if pending == nil {
        guard remaining > 0 else { return false }
        remaining -= 1
        pending = try reader.readUInt()
      }
      guard let found = pending, found <= key else { return false }
      pending = nil
      if found == key { return true }
      try reader.skip()
    }
  }

  private mutating func require(_ key: UInt64) throws {
    guard try seek(key) else { throw Missing(key: key) }
  }

  mutating func uint(_ key: UInt64) throws -> UInt64 {
    try require(key)
    return try reader.readUInt()
  }

  mutating func text(_ key: UInt64) throws -> String {
    try require(key)
    return try reader.readText()
  }

  mutating func digest(_ key: UInt64) throws -> Digest {
    try Digest(try text(key))
  }

  mutating func optionalDigest(_ key: UInt64) throws -> Digest? {
    guard try seek(key) else { return nil }
    return try Digest(try reader.readText())
  }

  mutating func texts(_ key: UInt64) throws -> [String] {
    try require(key)
    var texts: [String] = []
    for _ in 0..<(try reader.readArrayHeader()) { texts.append(try reader.readText()) }
    reader.endContainer()
    return texts
  }

  mutating func digests(_ key: UInt64) throws -> [Digest] {
    try require(key)
    var digests: [Digest] = []
    for _ in 0..<(try reader.readArrayHeader()) { digests.append(try Digest(try reader.readText())) }
    reader.endContainer()
    return digests
  }
}
