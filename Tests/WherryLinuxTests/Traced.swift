import Glibc
import Testing
import WherryLinux

/// Runs one of the roles below in another process of this test program under strace(1), which can look at
/// single system calls, make them fail, or kill the process at them.
enum Traced {
  static let variable = "WHERRY_TEST_ROLE"

  /// The lines strace wrote. The role runs as a test of its own, `TracedRoles`.
  static func run(_ options: [String], role: String, argument: String) async throws -> [String] {
    let program = try Files.readLink("/proc/self/exe")
    let log = "\(argument).strace"
    defer { unlink(log) }
    // The program may be a helper that loads the tests: give it what this one was given.
    let arguments = try Files.read("/proc/self/cmdline").split(separator: 0)
      .map { String(decoding: $0, as: UTF8.self) }
    var own: [String] = []
    if let bundle = arguments.firstIndex(of: "--test-bundle-path"), arguments.indices.contains(bundle + 1) {
      own = ["--test-bundle-path", arguments[bundle + 1], arguments[bundle + 1]]
    }
    let spawn = Spawn(
      "/usr/bin/strace",
      ["-f", "-q", "-o", log] + options + [program] + own
        + ["--testing-library", "swift-testing", "--filter", "TracedRoles"],
      environment: Spawn.plainEnvironment + ["\(variable)=\(role)", "WHERRY_TEST_ARGUMENT=\(argument)"]
        + Self.libraries)
    _ = try await spawn.output(timeout: .seconds(60))
    return try Files.readText(log, maximum: 16 << 20).split(separator: "\n").map(String.init)
  }

  private static var libraries: [String] {
    guard let value = getenv("LD_LIBRARY_PATH") else { return [] }
    return ["LD_LIBRARY_PATH=\(String(cString: value))"]
  }

  static var role: String? { getenv(variable).map { String(cString: $0) } }
  static var argument: String { getenv("WHERRY_TEST_ARGUMENT").map { String(cString: $0) } ?? "" }
}

@Suite(.enabled(if: Traced.role != nil, "a role of other tests"))
struct TracedRoles {
  @Test func play() throws {
    switch Traced.role {
    case "durable-write": try DurableFile.write(Traced.argument, Array("new".utf8))
    default: Issue.record("no such role")
    }
  }
}
