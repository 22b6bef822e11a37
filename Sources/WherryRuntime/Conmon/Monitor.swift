import WherryLinux
import WherryModel
import WherryOCI
import WherryStore

/// conmon(8): holds a container's streams and waits for its end, whatever becomes of the daemon.
struct Monitor: Sendable {
  static let path = "/usr/bin/conmon"

  enum Log: Sendable {
    /// A file in the form of Kubernetes' CRI logs.
    case file(String)
    case journal
    case none
  }

  var runtime: RuntimeDriver
  var files: ContainerFiles
  var name: String
  var log: Log
  /// Bytes; beyond that the file begins anew.
  var maximumLog: UInt64?
  var openStdin: Bool
  var terminal: Bool
  /// A client that leaves does not end the container's standard input.
  var keepsInput: Bool

  /// conmon's arguments; the container's `create` follows from them.
  var arguments: [String] {
    let id = files.id.rawValue
    var arguments = [
      "--api-version", "1", "--cid", id, "--cuuid", id, "--name", name, "--runtime", runtime.path,
      "--bundle", files.bundle, "--container-pidfile", files.pid, "--conmon-pidfile", files.monitorPID,
      "--exit-dir", files.run.exits, "--persist-dir", files.monitorState, "--full-attach",
      "--log-level", "warning",
    ]
    switch log {
    case .file(let path):
      arguments += ["--log-path", "k8s-file:\(path)"]
      if let maximumLog { arguments += ["--log-size-max", "\(maximumLog)"] }
    case .none: arguments += ["--log-path", "none"]
    case .journal: arguments += ["--log-path", "journald:", "--log-tag", name]
    }
    for argument in runtime.globalArguments { arguments += ["--runtime-arg", argument] }
    if openStdin { arguments.append("--stdin") }
    if keepsInput { arguments.append("--leave-stdin-open") }
    if terminal { arguments.append("--terminal") }
    return arguments
  }

  /// Starts conmon, which creates the container and goes on by itself. Returns when the container is created.
  func create() async throws {
    let pipe = try Pipe()
    let reader = try AsyncReader(try pipe.reading.duplicate())
    let child = try start(pipe)
    var answer: [UInt8] = []
    while !Self.isComplete(answer) {
      let chunk = try await reader.read(maximum: 8 << 10)
      if chunk.isEmpty { break }
      answer += chunk
    }
    _ = try await child.wait()
    try check(answer)
  }

  /// As `create`, for processes without tasks.
  func createBlocking() throws(WherryError) {
    let answer = try WherryError.converting { () throws(SystemError) in try Pipe() }
    let reader = try WherryError.converting { () throws(SystemError) in try answer.reading.duplicate() }
    let child = try start(answer)
    let bytes = try WherryError.converting("read conmon's answer") { () throws(SystemError) in
      var bytes: [UInt8] = []
      while !Self.isComplete(bytes) {
        let chunk = try reader.read(maximum: 8 << 10)
        if chunk.isEmpty { break }
        bytes += chunk
      }
      _ = try child.waitBlocking()
      return bytes
    }
    try check(bytes)
  }

  private func start(_ pipe: consuming Pipe) throws(WherryError) -> ChildProcess {
    var spawn = Spawn(
      Self.path, arguments, environment: Spawn.plainEnvironment + ["_OCI_SYNCPIPE=3"],
      workingDirectory: files.bundle)
    spawn.descriptors[3] = pipe.writing.rawValue
    spawn.newSession = true
    do throws(SystemError) {
      let child = try spawn.start()
      pipe.close()
      return child
    } catch {
      pipe.close()
      throw WherryError(error, "conmon", hint: "install conmon: apt install conmon")
    }
  }

  /// What conmon says on the pipe: one line of JSON.
  private static func isComplete(_ bytes: [UInt8]) -> Bool {
    bytes.contains(UInt8(ascii: "\n")) || bytes.count >= 64 << 10
  }

  private struct Answer: Decodable {
    /// The container's process number, or what `create` ended with, negated.
    var data: Int
    var message: String?
  }

  private func check(_ bytes: [UInt8]) throws(WherryError) {
    guard !bytes.isEmpty else {
      throw WherryError(
        .internal, "conmon ended before it had created container \(files.id.short)",
        hint: "its last words are in the journal or on the daemon's standard error")
    }
    let answer = try StrictJSON.decode(
      Answer.self, from: bytes, what: "conmon's answer", maximumSize: 64 << 10)
    if answer.data > 0 { return }
    throw RuntimeFailure.error(saying: answer.message ?? "", doing: "create")
  }
}
