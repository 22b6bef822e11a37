import Glibc
import WherryEngine
import WherryLinux
import WherryModel
import WherryOCI
import WherryStore

@testable import WherryRuntime

/// A scratch run and state directory with a root of Debian's static busybox, for containers kept by conmon.
final class BareMachine: Sendable {
  /// Why it cannot be had here; nil where it can.
  static let missing: String? = {
    if geteuid() != 0 { return "not root" }
    for path in ["/usr/bin/conmon", "/usr/sbin/runc", "/bin/busybox"] where access(path, X_OK) != 0 {
      return "no \(path)"
    }
    return nil
  }()

  let folder: String
  let run: RunDirectory
  let state: StateDirectory
  let root: String

  init() throws {
    folder = "/tmp/wherry-runtime-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
    run = RunDirectory(folder + "/run")
    state = StateDirectory(folder + "/state")
    root = folder + "/root"
    for path in [run.containers, run.exits, state.containers, "dev", "proc", "sys", "tmp", "bin"] {
      try Files.makeDirectories(path.hasPrefix("/") ? path : "\(root)/\(path)", mode: 0o755)
    }
    try Files.write(root + "/bin/busybox", try Files.read("/bin/busybox", maximum: 8 << 20), mode: 0o755)
    for name in ["sh", "cat", "echo", "sleep", "seq", "head", "true", "wc"] {
      try Files.makeSymbolicLink("\(root)/bin/\(name)", to: "busybox")
    }
  }

  /// A supervisor as a new daemon would make it.
  var supervisor: ConmonSupervisor {
    ConmonSupervisor(
      run: run, state: state,
      runtime: RuntimeDriver(
        path: "/usr/sbin/runc", stateDirectory: folder + "/runtime", managesCgroups: true))
  }

  func launch(_ args: String..., openStdin: Bool = false) throws -> ContainerLaunch {
    let id = ContainerID.random()
    try Files.makeDirectories("\(state.containers)/\(id)")
    return ContainerLaunch(
      id: id, name: try ContainerName("test"), imageName: "busybox",
      runtime: RuntimeSpec(
        process: process(args), root: .init(path: root),
        mounts: [.init(destination: "/proc", type: "proc", source: "proc")],
        linux: .init(namespaces: [.init(.pid), .init(.mount), .init(.ipc), .init(.uts), .init(.network)])),
      resources: .init(), restart: .no, stopSignal: 15, stopTimeout: .seconds(10), autoRemove: false,
      openStdin: openStdin)
  }

  func process(_ args: [String]) -> RuntimeSpec.Process {
    RuntimeSpec.Process(args: args, env: ["PATH=/bin"])
  }

  /// Ends what a test has left.
  func tearDown(_ launch: ContainerLaunch) async throws {
    let supervisor = supervisor
    try await supervisor.stop(launch.id, signal: 9, timeout: .zero)
    try await supervisor.cleanUp(launch.id)
    try await supervisor.forget(launch.id)
  }

  deinit {
    do { _ = try Files.removeTree(folder) } catch {}
  }
}

extension AttachedSession {
  /// All it writes until its end.
  func collected() async throws -> (out: [UInt8], err: [UInt8]) {
    var (out, err): ([UInt8], [UInt8]) = ([], [])
    for try await chunk in output {
      switch chunk {
      case .stdout(let bytes): out += bytes
      case .stderr(let bytes): err += bytes
      }
    }
    return (out, err)
  }
}
