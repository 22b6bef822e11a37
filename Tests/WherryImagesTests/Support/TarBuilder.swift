/// Writes tar archives a byte at a time, so that hostile ones are easy: nothing is checked.
struct TarBuilder {
  private(set) var bytes: [UInt8] = []

  enum Kind: String {
    case file = "0"
    case hardLink = "1"
    case symbolicLink = "2"
    case characterDevice = "3"
    case blockDevice = "4"
    case folder = "5"
    case fifo = "6"
    case pax = "x"
    case globalPax = "g"
  }

  struct Options {
    var mode = 0o644
    var user = 0
    var group = 0
    var time = 1_700_000_000
    var major = 0
    var minor = 0
    /// Instead of the content's.
    var size: String?
    var pax: [(String, [UInt8])] = []
  }

  mutating func add(
    _ kind: Kind, _ path: String, content: [UInt8] = [], link: String = "",
    _ change: (inout Options) -> Void = { _ in }
  ) {
    var options = Options()
    if kind == .folder { options.mode = 0o755 }
    change(&options)
    if !options.pax.isEmpty {
      let records = options.pax.flatMap { Self.record($0.0, $0.1) }
      member(.pax, "pax", records, "", Options())
    }
    member(kind, path, content, link, options)
  }

  mutating func folder(_ path: String, mode: Int = 0o755) { add(.folder, path) { $0.mode = mode } }
  mutating func file(_ path: String, _ text: String = "", mode: Int = 0o644) {
    add(.file, path, content: Array(text.utf8)) { $0.mode = mode }
  }
  mutating func link(_ path: String, to target: String) { add(.symbolicLink, path, link: target) }
  mutating func hardLink(_ path: String, to target: String) { add(.hardLink, path, link: target) }

  mutating func raw(_ more: [UInt8]) { bytes += more }

  var finished: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

  static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
    let rest = Array(" \(key)=".utf8) + value + [10]
    var length = rest.count + 1
    while String(length).utf8.count + rest.count != length { length = String(length).utf8.count + rest.count }
    return Array(String(length).utf8) + rest
  }

  private mutating func member(
    _ kind: Kind, _ path: String, _ content: [UInt8], _ link: String, _ options: Options
  ) {
    if path.utf8.count > 100 || link.utf8.count > 100 {
      var records: [UInt8] = []
      if path.utf8.count > 100 { records += Self.record("path", Array(path.utf8)) }
      if link.utf8.count > 100 { records += Self.record("linkpath", Array(link.utf8)) }
      member(.pax, "long", records, "", Options())
    }
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, _ offset: Int, _ width: Int) {
      for (index, byte) in text.utf8.prefix(width).enumerated() { header[offset + index] = byte }
    }
    func octal(_ value: Int, _ width: Int) -> String {
      let digits = String(value, radix: 8)
      return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
    put(path, 0, 100)
    put(octal(options.mode, 7), 100, 7)
    put(octal(options.user, 7), 108, 7)
    put(octal(options.group, 7), 116, 7)
    put(options.size ?? octal(content.count, 11), 124, 11)
    put(octal(options.time, 11), 136, 11)
    put(kind.rawValue, 156, 1)
    put(link, 157, 100)
    put("ustar", 257, 5)
    put("00", 263, 2)
    put(octal(options.major, 7), 329, 7)
    put(octal(options.minor, 7), 337, 7)
    for index in 148..<156 { header[index] = 0x20 }
    put(octal(header.reduce(0) { $0 + Int($1) }, 6), 148, 6)
    header[154] = 0
    bytes += header + content
    bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
  }
}

func tar(_ build: (inout TarBuilder) -> Void) -> [UInt8] {
  var builder = TarBuilder()
  build(&builder)
  return builder.finished
}
