import WherryEngine
import WherryLinux

/// The streams of an exec: three pipes, or one terminal.
struct ExecStreams: Sendable {
  /// Nil when all has been read.
  var next: @Sendable () async throws -> OutputChunk?
  var input: AsyncWriter?
  var terminal: FileDescriptorBox?

  static func startWithPipes(
    _ spawn: Spawn, openStdin: Bool
  ) throws(SystemError) -> (ChildProcess, ExecStreams) {
    var spawn = spawn
    let input = try Pipe()
    let out = try Pipe()
    let err = try Pipe()
    if openStdin { spawn.descriptors[0] = input.reading.rawValue }
    spawn.descriptors[1] = out.writing.rawValue
    spawn.descriptors[2] = err.writing.rawValue
    let reader = TwoStreamReader(
      out: try AsyncReader(try out.reading.duplicate()), err: try AsyncReader(try err.reading.duplicate()))
    let writer = openStdin ? try AsyncWriter(try input.writing.duplicate()) : nil
    let child = try spawn.start()
    input.close()
    out.close()
    err.close()
    return (child, ExecStreams(next: { try await reader.next() }, input: writer))
  }

  /// The runtime makes the process's terminal in the container and copies between that and ours.
  static func startAtTerminal(
    _ spawn: Spawn, openStdin: Bool
  ) throws(SystemError) -> (ChildProcess, ExecStreams) {
    var spawn = spawn
    let terminal = try PseudoTerminal()
    for number: Int32 in 0...2 { spawn.descriptors[number] = terminal.process.rawValue }
    let reader = try AsyncReader(try terminal.controller.duplicate())
    let writer = openStdin ? try AsyncWriter(try terminal.controller.duplicate()) : nil
    let controller = FileDescriptorBox(try terminal.controller.duplicate())
    let child = try spawn.start()
    return (
      child,
      ExecStreams(
        next: {
          let bytes = try await reader.read()
          return bytes.isEmpty ? nil : .stdout(bytes)
        }, input: writer, terminal: controller)
    )
  }
}
