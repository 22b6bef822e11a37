import Glibc
import WherryLinux
import WherryModel

/// The device's resolv.conf(5), which changes whenever the device changes networks.
struct DeviceResolver: Sendable {
  /// Where systemd-resolved keeps the servers behind its stub, systemd-resolved.service(8).
  private static let behindStub = "/run/systemd/resolve/resolv.conf"
  private static let stub = "127.0.0.53"
  /// As many as resolver(3) asks.
  private static let maximumServers = 3

  var file: String

  /// What containers are given; where the file names systemd-resolved's stub, the servers behind that.
  func text() throws(SystemError) -> String {
    let text = try Self.read(file)
    guard text.contains(Self.stub) else { return text }
    let upstream = try Self.read(Self.behindStub)
    return upstream.isEmpty ? text : upstream
  }

  /// What a program of the device asks, the stub included.
  func servers() throws(SystemError) -> [IPAddress] {
    Array(ResolverFile.servers(try Self.read(file)).prefix(Self.maximumServers))
  }

  /// The folders in which a change shows, and the names there: of the file, of what it links to, and of what stands
  /// behind the stub.
  func places() throws(SystemError) -> (folders: [String], names: Set<String>) {
    var files = [file]
    if let target = realpath(file, nil) {
      files.append(String(cString: target))
      free(target)
    }
    if try Files.exists(Self.behindStub) { files.append(Self.behindStub) }
    var folders: [String] = []
    var names: Set<String> = []
    for path in files {
      let parts = path.split(separator: "/")
      guard let name = parts.last else { continue }
      let folder = "/" + parts.dropLast().joined(separator: "/")
      if !folders.contains(folder) { folders.append(folder) }
      names.insert(String(name))
    }
    return (folders, names)
  }

  private static func read(_ path: String) throws(SystemError) -> String {
    String(decoding: try Files.readIfPresent(path) ?? [], as: UTF8.self)
  }
}
