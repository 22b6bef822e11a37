/// One line of /proc/self/mountinfo, proc(5).
package struct MountInfo: Sendable, Equatable {
  package var id: Int
  package var parent: Int
  /// The folder of the file system that is mounted.
  package var root: String
  package var mountPoint: String
  package var options: [String]
  package var type: String
  package var source: String
  package var superOptions: [String]
  /// `shared:N`, `master:N`…
  package var propagation: [String]

  /// All mounts, in the order they are stacked.
  package static func current() throws(SystemError) -> [MountInfo] {
    parse(try Files.readText("/proc/self/mountinfo", maximum: 64 << 20))
  }

  /// Lines that are not as documented are skipped.
  package static func parse(_ text: String) -> [MountInfo] {
    text.split(separator: "\n").compactMap { MountInfo(line: $0) }
  }

  private init?(line: Substring) {
    let fields = line.split(separator: " ", omittingEmptySubsequences: false)
    guard fields.count >= 10, let id = Int(fields[0]), let parent = Int(fields[1]),
      let dash = fields[6...].firstIndex(of: "-"), fields.count > dash + 3
    else { return nil }
    self.id = id
    self.parent = parent
    root = Self.unescape(fields[3])
    mountPoint = Self.unescape(fields[4])
    options = fields[5].split(separator: ",").map(String.init)
    propagation = fields[6..<dash].map(String.init)
    type = String(fields[dash + 1])
    source = Self.unescape(fields[dash + 2])
    superOptions = fields[dash + 3].split(separator: ",").map(String.init)
  }

  /// Space, tab, newline and backslash are written as three octal digits.
  static func unescape(_ field: Substring) -> String {
    guard field.utf8.contains(UInt8(ascii: "\\")) else { return String(field) }
    var plain: [UInt8] = []
    var rest = Array(field.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), rest.count >= 3,
        let value = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
      {
        plain.append(value)
        rest = rest.dropFirst(3)
      } else {
        plain.append(byte)
      }
    }
    return String(decoding: plain, as: UTF8.self)
  }
}
