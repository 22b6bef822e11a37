import Glibc
import WherryLinux
import WherryModel
import WherryStore

/// Namespaces of other containers that a unit's container joins, found anew at each start: a unit that systemd
/// restarts starts without the daemon, and the other container may have been restarted meanwhile too.
struct JoinedNamespaces {
  /// For one that is just being restarted, after the unit's own pause.
  static let patience = Duration.seconds(15)

  var files: ContainerFiles
  /// IDs by kind.
  var others: [String: String]

  /// Blocks.
  func bind() throws(WherryError) {
    for (kind, text) in others.sorted(by: { $0.key < $1.key }) {
      let other = ContainerFiles(run: files.run, id: try ContainerID(text))
      let namespace = try find(kind, of: other)
      try WherryError.converting("join the \(kind) namespace of container \(other.id.short)") {
        () throws(SystemError) in
        try NamespaceFile.bind(namespace, on: files.run.namespace(files.id, kind))
      }
    }
  }

  private func find(_ kind: String, of other: ContainerFiles) throws(WherryError) -> FileDescriptorBox {
    let clock = ContinuousClock()
    let end = clock.now.advanced(by: Self.patience)
    while true {
      let found = try WherryError.converting("find the \(kind) namespace of container \(other.id.short)") {
        () throws(SystemError) in try open(kind, of: other)
      }
      if let found { return found }
      guard clock.now < end else {
        throw WherryError(
          .failedPrecondition,
          "cannot join the \(kind) namespace of a container that does not run: \(other.id.short)",
          hint: "wherry start \(other.id.short)")
      }
      usleep(200_000)
    }
  }

  /// Nil where it does not run. The number in its file may be another process's by now: that one is not in the
  /// container's control group, and a process that is still the same afterwards was there meanwhile.
  private func open(_ kind: String, of other: ContainerFiles) throws(SystemError) -> FileDescriptorBox? {
    guard let process = try other.process(other.pid) else { return nil }
    do throws(SystemError) {
      let groups = try Files.readText("/proc/\(process.pid)/cgroup", maximum: 64 << 10)
      guard groups.contains(other.id.rawValue) else { return nil }
      let namespace = try NamespaceFile.open(kind, of: process.pid)
      return try process.isRunning() ? namespace : nil
    } catch {
      // It ended meanwhile.
      if error.isNowhere || error.isNoProcess { return nil }
      throw error
    }
  }
}
