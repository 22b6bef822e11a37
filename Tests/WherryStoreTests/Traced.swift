import Glibc
import Testing
import WherryLinux
import WherryModel

@testable import WherryStore

/// Plays a role in another process of this test program under strace(1), which makes single system calls fail
/// or kills the process at them.
enum Traced {
  static let roleVariable = "WHERRY_STORE_TEST_ROLE"
  static let stateVariable = "WHERRY_STORE_TEST_STATE"

  enum End: Equatable {
    case killed
    case ranThrough
  }

  /// `injection` is what strace calls so: `CALL:signal=KILL:when=3`.
  static func play(_ role: String, _ scratch: Scratch, inject injection: String) async throws -> End {
    let program = try Files.readLink("/proc/self/exe")
    let arguments = try Files.read("/proc/self/cmdline").split(separator: 0)
      .map { String(decoding: $0, as: UTF8.self) }
    var own: [String] = []
    if let bundle = arguments.firstIndex(of: "--test-bundle-path"), arguments.indices.contains(bundle + 1) {
      own = ["--test-bundle-path", arguments[bundle + 1], arguments[bundle + 1]]
    }
    let call = injection.prefix { $0 != ":" }
    var environment =
      Spawn.plainEnvironment + ["\(roleVariable)=\(role)", "\(stateVariable)=\(scratch.state.path)"]
    if let libraries = getenv("LD_LIBRARY_PATH") {
      environment.append("LD_LIBRARY_PATH=\(String(cString: libraries))")
    }
    let log = scratch("strace")
    let spawn = Spawn(
      "/usr/bin/strace",
      ["-f", "-q", "-o", log, "-e", "trace=\(call)", "-e", "inject=\(injection)", program] + own
        + ["--testing-library", "swift-testing", "--filter", "StoreTracedRoles"], environment: environment)
    let output = try await spawn.output(timeout: .seconds(120))
    let lines = try Files.readText(log, maximum: 64 << 20)
    if lines.contains("killed by SIGKILL") { return .killed }
    try #require(output.status.isSuccess || lines.contains("INJECTED"), "\(output.outputText)")
    return .ranThrough
  }

  static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

@Suite(.enabled(if: Traced.variable(Traced.roleVariable) != nil, "roles of other tests"))
struct StoreTracedRoles {
  static let id = String(repeating: "a", count: 64)

  @Test func play() throws {
    let state = StateDirectory(try #require(Traced.variable(Traced.stateVariable)))
    let store = try Store(state: state) { _ in }
    let id = try ContainerID(Self.id)
    switch Traced.variable(Traced.roleVariable) {
    case "replace":
      _ = try store.layers.replace(staged: state.staging + "/pulled", .sample("a"))
    case "commit":
      try store.layers.commit(
        staged: state.staging + "/pulled", .sample("a"), opaqueFolders: [Array("a/opaque".utf8)])
    case "remove-layer": try store.layers.remove(.of("a"))
    case "create": try store.containers.create(id, Array("new".utf8))
    case "transient":
      try store.containers.create(id, Array("new".utf8), isTransient: true)
      try store.containers.update(id, Array("newer".utf8))
      try store.containers.remove(id)
    case "update": try store.containers.update(id, Array("new".utf8))
    case "remove": try store.containers.remove(id)
    default: Issue.record("no such role")
    }
  }
}
