import WherryLinux

/// `--cidfile`: where the ID of a new container is written.
struct ContainerIDFile: Sendable {
  private let path: String

  /// Nil where none was asked for. Throws where there is such a file, as Docker.
  init?(_ path: String?) throws {
    guard let path, !path.isEmpty else { return nil }
    guard try Files.statusIfPresent(path) == nil else {
      throw UsageError(
        message: "container ID file found, make sure the other container isn't running or delete \(path)")
    }
    self.path = path
  }

  func write(_ id: String) throws {
    let file = try FileDescriptor.open(path, [.writeOnly, .create, .exclusive], mode: 0o666)
    try file.write(Array(id.utf8))
  }
}
