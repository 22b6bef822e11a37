import WherryLinux
import WherryModel

/// Settings below /proc/sys that are changed while networks are in use, and put back after.
struct KernelSettings {
  /// Lines of `PATH OLD NEW`.
  let file: String

  private static let root = "/proc/sys/net/"

  /// The value where there is such a setting.
  static func value(_ name: String) throws(SystemError) -> String? {
    guard let bytes = try Files.readIfPresent(root + name, maximum: 4096) else { return nil }
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).first.map(String.init)
  }

  /// For settings that go with their interface.
  static func set(_ name: String, _ value: String) throws(SystemError) {
    guard let old = try Self.value(name), old != value else { return }
    try FileDescriptor.open(root + name, [.writeOnly]).write(Array(value.utf8))
  }

  /// Remembers what was there.
  func change(_ name: String, to value: String) throws(SystemError) {
    guard let old = try Self.value(name), old != value else { return }
    let before = try Files.readIfPresent(file) ?? []
    try Files.replace(file, before + Array("\(name) \(old) \(value)\n".utf8))
    try Self.set(name, value)
  }

  func remembers(_ name: String) throws(SystemError) -> Bool {
    try lines().contains { $0.first == name }
  }

  /// Where somebody else has changed it meanwhile it is left.
  func restore() throws(SystemError) {
    let lines = try lines()
    guard !lines.isEmpty else { return }
    for line in lines.reversed() where line.count == 3 && !line[0].contains("..") {
      if try Self.value(line[0]) == line[2] { try Self.set(line[0], line[1]) }
    }
    try Files.unlink(file)
  }

  private func lines() throws(SystemError) -> [[String]] {
    let text = String(decoding: try Files.readIfPresent(file) ?? [], as: UTF8.self)
    return text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
  }

  /// Turns the device into a router for its containers. Where it takes its own routes from routers on the network, it
  /// goes on doing so (a forwarding host stops otherwise, ip-sysctl: accept_ra).
  func allowForwarding(ipv6: Bool) throws(SystemError) {
    try change("ipv4/ip_forward", to: "1")
    guard ipv6, try Self.value("ipv6/conf/all/forwarding") == "0" else { return }
    for name in try Files.list(Self.root + "ipv6/conf").sorted() where name != "all" {
      if try Self.value("ipv6/conf/\(name)/accept_ra") == "1" {
        try change("ipv6/conf/\(name)/accept_ra", to: "2")
      }
    }
    try change("ipv6/conf/all/forwarding", to: "1")
  }
}
