import WherryModel
import WherryOCI

/// An archive's entry as the contents of a zstd:chunked layer describe it. Podman compares that with the entry's headers
/// as Go reads them; what would be read otherwise, or cannot be said, is refused, and the layer is sent whole.
struct TarMetadata {
  private(set) var kind = ""
  private(set) var name: [UInt8] = []
  private var link: [UInt8] = []
  private var mode: UInt64 = 0
  private var user: UInt64 = 0
  private var group: UInt64 = 0
  private var major: UInt64 = 0
  private var minor: UInt64 = 0
  private var times: [String: String] = [:]
  private var attributes: [(name: String, value: [UInt8])] = []
  let size: UInt64

  private static let kinds: [UInt8: String] = [
    UInt8(ascii: "0"): "reg", UInt8(ascii: "1"): "hardlink", UInt8(ascii: "2"): "symlink",
    UInt8(ascii: "3"): "char", UInt8(ascii: "4"): "block", UInt8(ascii: "5"): "dir",
    UInt8(ascii: "6"): "fifo",
  ]

  /// Throws `unsupported`.
  init(_ headers: TarHeaders) throws(WherryError) {
    guard headers.isPlain, headers.block.count == 512 else {
      throw Self.refusal("it has an entry of an unusual kind")
    }
    let block = headers.block
    size = headers.contentSize
    let isPOSIX = block[257..<263].elementsEqual("ustar\0".utf8) && block[263..<265].elementsEqual("00".utf8)
    let isGNU = block[257..<265].elementsEqual("ustar  \0".utf8)
    guard isPOSIX || isGNU || !block[257..<262].elementsEqual("ustar".utf8),
      !block[508..<512].elementsEqual("tar\0".utf8)
    else { throw Self.refusal("it has an entry of an unusual dialect") }
    name = Self.text(block[0..<100])
    link = Self.text(block[157..<257])
    mode = try Self.number(block[100..<108])
    user = try Self.number(block[108..<116])
    group = try Self.number(block[116..<124])
    times["modtime"] = try Self.time(try Self.number(block[136..<148]), 0)
    if isPOSIX || isGNU {
      major = try Self.number(block[329..<337])
      minor = try Self.number(block[337..<345])
    }
    if isPOSIX {
      let prefix = Self.text(block[345..<500])
      if !prefix.isEmpty { name = prefix + [UInt8(ascii: "/")] + name }
    } else if isGNU, block[345] != 0 || block[357] != 0 {
      throw Self.refusal("it has an entry with times of access in GNU's form")
    }
    for record in headers.records where !record.value.isEmpty { try take(record.key, record.value) }
    if let long = headers.longName { name = Self.text(long[...]) }
    if let long = headers.longLink { link = Self.text(long[...]) }
    kind = Self.kinds[block[156] == 0 ? UInt8(ascii: "0") : block[156]] ?? ""
    if block[156] == 0, name.last == UInt8(ascii: "/") { kind = "dir" }
    guard !kind.isEmpty, kind == "reg" || size == 0 else {
      throw Self.refusal("it has an entry of an unusual kind")
    }
    guard !name.isEmpty, Self.isText(name), Self.isText(link) else {
      throw Self.refusal("it has a name that is no UTF-8")
    }
  }

  private mutating func take(_ key: String, _ value: [UInt8]) throws(WherryError) {
    let prefix = "SCHILY.xattr."
    switch key {
    case "path": name = value
    case "linkpath": link = value
    case "uid": user = try Self.decimal(value[...])
    case "gid": group = try Self.decimal(value[...])
    case "mtime": times["modtime"] = try Self.fraction(value)
    case "atime": times["accesstime"] = try Self.fraction(value)
    case "ctime": times["changetime"] = try Self.fraction(value)
    default:
      guard key.hasPrefix(prefix) else { return }
      attributes.removeAll { $0.name == key.dropFirst(prefix.count) }
      attributes.append((String(key.dropFirst(prefix.count)), value))
    }
  }

  /// `{"type":…`, without the closing brace, for what is said of the content.
  var json: [UInt8] {
    var bytes = Array("{\"type\":\"\(kind)\",\"name\":".utf8)
    JSONText.append(string: name, to: &bytes)
    JSONText.append("linkName", link, to: &bytes)
    JSONText.append("mode", mode, to: &bytes)
    JSONText.append("size", size, to: &bytes)
    JSONText.append("uid", user, to: &bytes)
    JSONText.append("gid", group, to: &bytes)
    for key in ["modtime", "accesstime", "changetime"] {
      if let time = times[key] { JSONText.append(key, time.utf8, to: &bytes) }
    }
    JSONText.append("devMajor", major, to: &bytes)
    JSONText.append("devMinor", minor, to: &bytes)
    if !attributes.isEmpty {
      bytes += ",\"xattrs\":{".utf8
      for (position, attribute) in attributes.sorted(by: { $0.name < $1.name }).enumerated() {
        if position > 0 { bytes.append(UInt8(ascii: ",")) }
        JSONText.append(string: attribute.name.utf8, to: &bytes)
        bytes += ":\"\(Base64.encode(attribute.value))\"".utf8
      }
      bytes.append(UInt8(ascii: "}"))
    }
    return bytes
  }

  static func refusal(_ reason: String) -> WherryError {
    WherryError(.unsupported, "the layer cannot be sent in chunks: \(reason)")
  }

  // MARK: - Fields

  private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] { Array(field.prefix { $0 != 0 }) }

  private static func isText(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }

  private static func number(_ field: ArraySlice<UInt8>) throws(WherryError) -> UInt64 {
    guard let value = TarScanner.number(field) else { throw refusal("it has a number out of range") }
    return value
  }

  private static func decimal(_ text: some Collection<UInt8>) throws(WherryError) -> UInt64 {
    guard let value = UInt64(String(decoding: text, as: UTF8.self)), value < 1 << 48 else {
      throw refusal("it has a number out of range")
    }
    return value
  }

  /// Seconds with a fraction, of which nine digits count.
  private static func fraction(_ text: [UInt8]) throws(WherryError) -> String {
    let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    guard let seconds = parts.first, !seconds.isEmpty else { throw refusal("it has a time out of range") }
    var digits = parts.dropFirst().first.map { Array($0.prefix(9)) } ?? []
    digits += [UInt8](repeating: UInt8(ascii: "0"), count: 9 - digits.count)
    return try time(try decimal(seconds), try decimal(digits))
  }

  private static func time(_ seconds: UInt64, _ nanoseconds: UInt64) throws(WherryError) -> String {
    guard seconds < 1 << 34, nanoseconds < 1_000_000_000 else {
      throw refusal("it has a time out of range")
    }
    return RFC3339.format(Timestamp(nanoseconds: seconds * 1_000_000_000 + nanoseconds))
  }
}
