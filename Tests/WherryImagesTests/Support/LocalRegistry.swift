import Glibc
import Testing
import WherryLinux

/// Debian's docker-registry on loopback, filled by Tests/Tools/push_image.py.
final class LocalRegistry: Sendable {
  static let program = "/usr/bin/docker-registry"
  static var isPresent: Bool { access(program, X_OK) == 0 && access("/usr/bin/python3", X_OK) == 0 }

  let port: Int
  let folder: String
  private let child: ChildProcess

  /// `tls`: lines for the `http` section.
  init(_ folder: String, tls: String = "") async throws {
    self.folder = folder
    port = try Self.freePort()
    try Files.makeDirectories("\(folder)/registry")
    try Files.write(
      "\(folder)/registry.yml",
      Array(
        """
        version: 0.1
        log: {level: error, accesslog: {disabled: true}}
        storage: {filesystem: {rootdirectory: \(folder)/registry}}
        http: {addr: 127.0.0.1:\(port)\(tls)}
        """.utf8))
    child = try Spawn(Self.program, ["serve", "\(folder)/registry.yml"]).start()
    _ = try await shell(
      "for i in $(seq 100); do python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", \(port)))' "
        + "2>/dev/null && exit 0; sleep 0.1; done; exit 1")
  }

  deinit {
    do { try child.send(SIGKILL) } catch { Issue.record(error) }
  }

  /// Returns the digest that the tag names.
  @discardableResult
  func push(_ name: String, layers: [[UInt8]], _ options: String = "") async throws -> String {
    var rootfs = ""
    for (number, layer) in layers.enumerated() {
      let path = "\(folder)/push-\(name.filter(\.isLetter))-\(number).tar"
      try Files.write(path, layer)
      rootfs += " --rootfs \(path)"
    }
    let output = try await shell(
      "python3 \(Self.tools)/push_image.py --registry 127.0.0.1:\(port) --name \(name)\(rootfs) \(options)")
    return String(decoding: output, as: UTF8.self).trimmingNewline
  }

  private static let tools: String = {
    let here = #filePath.split(separator: "/").dropLast(3)
    return "/" + here.joined(separator: "/") + "/Tools"
  }()

  private static func freePort() throws -> Int {
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(number) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let found = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(number, $0, length) == 0 && getsockname(number, $0, &length) == 0
      }
    }
    guard found else { throw SystemError.last("bind", "loopback") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}

extension String {
  var trimmingNewline: String { hasSuffix("\n") ? String(dropLast()) : self }
}
