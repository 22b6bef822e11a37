import Glibc
import WherryClient
import WherryLinux
import WherryModel

/// Buildah, which does what a Containerfile says, with a store of its own: its layers are the cache of builds.
///
/// The store is not containers' usual one, so that Podman's images are not ours to clean up and the other way round.
struct Buildah: Sendable {
  /// Of a Containerfile; Docker has no bound, nobody writes longer ones.
  static let maximumFile = 1 << 20

  private static let folders = ["/usr/local/bin", "/usr/bin", "/bin"]

  private let program: String
  private let environment: [String]
  /// Where the store is and what lasts as long as a build.
  let folder: String
  private let runFolder: String

  /// Throws `notFound` where it is not installed.
  init(_ variable: (String) -> String? = Context.environment) throws {
    let candidates = Self.folders.map { "\($0)/buildah" }
    guard let program = candidates.first(where: { access($0, X_OK) == 0 }) else {
      throw WherryError(
        .notFound, "building images needs Buildah, which is not installed here",
        hint: "apt install buildah; or build elsewhere and send the image: wherry load")
    }
    self.program = program
    folder = try Self.cache(variable)
    runFolder = try Self.runtime(variable)
    environment = try Environment.all()
  }

  /// Runs it with its output on standard error, as a build's progress is, or with none where `quiet`. Throws where it
  /// fails; what was wrong it has said itself.
  func run(
    _ arguments: [String], quiet: Bool = false, failure: (ExitStatus) -> WherryError
  ) async throws {
    var spawn = spawn(arguments)
    spawn.descriptors = quiet ? [2: STDERR_FILENO] : [1: STDERR_FILENO, 2: STDERR_FILENO]
    let child = try WherryError.converting("start \(program)") { () throws(SystemError) in try spawn.start() }
    let status = try await child.wait()
    guard status.isSuccess else { throw failure(status) }
  }

  /// What it says on standard output; nil where it fails. `timeout` is for what asks it about its store.
  func answer(_ arguments: [String], timeout: Duration = .seconds(120)) async throws -> String? {
    let output = try await spawn(arguments).output(maximum: 64 << 10, timeout: timeout)
    return output.status.isSuccess ? output.outputText.trimmed : nil
  }

  /// Starts it with its standard output on a pipe that only the reader returned holds here.
  func pipe(_ arguments: [String]) throws -> (ChildProcess, InputReader) {
    try WherryError.converting("start \(program)") { () throws(SystemError) in
      let pipe = try Pipe()
      var spawn = spawn(arguments)
      spawn.descriptors = [1: pipe.writing.rawValue, 2: STDERR_FILENO]
      let child = try spawn.start()
      let reading = try pipe.reading.duplicate()
      pipe.close()
      return (child, try InputReader(pipe: reading))
    }
  }

  /// What the cache takes on disk, in bytes, as du(1) counts it.
  func cacheSize() async throws -> UInt64 {
    let store = "\(folder)/store"
    guard access(store, F_OK) == 0 else { return 0 }
    let output = try await Spawn("/usr/bin/du", ["-sxB1", store]).output(timeout: .seconds(600))
    return output.outputText.split(separator: "\t").first.flatMap { UInt64($0) } ?? 0
  }

  private func spawn(_ arguments: [String]) -> Spawn {
    Spawn(
      program, ["--root", "\(folder)/store", "--runroot", runFolder] + arguments, environment: environment)
  }

  private static func cache(_ variable: (String) -> String?) throws -> String {
    for (name, suffix) in [("XDG_CACHE_HOME", "/wherry"), ("HOME", "/.cache/wherry")] {
      guard let value = variable(name), value.hasPrefix("/") else { continue }
      return "\(value)\(suffix)/build"
    }
    throw WherryError(
      .failedPrecondition, "there is no folder for the cache of builds", hint: "set HOME or XDG_CACHE_HOME")
  }

  /// What must not outlive a boot. Buildah's own choice for users without a session.
  private static func runtime(_ variable: (String) -> String?) throws(WherryError) -> String {
    if getuid() == 0 { return "/run/wherry-build" }
    if let folder = variable("XDG_RUNTIME_DIR"), folder.hasPrefix("/") { return "\(folder)/wherry-build" }
    let path = "/tmp/wherry-build-\(getuid())"
    let status = try WherryError.converting("make \(path)") { () throws(SystemError) in
      try Files.makeDirectories(path)
      return try Files.status(path)
    }
    // Anybody may make a folder there.
    guard status.kind == .directory, status.userID == getuid(), status.permissions & 0o077 == 0 else {
      throw WherryError(
        .permissionDenied, "\(path) is not this user's alone", hint: "set XDG_RUNTIME_DIR to a folder that is"
      )
    }
    return path
  }
}
