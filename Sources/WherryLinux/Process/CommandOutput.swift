import CWherryLinux
import Glibc
import Synchronization
import WherryModel

/// What a program that ran to its end said.
package struct CommandOutput: Sendable {
  package var status: ExitStatus
  package var stdout: [UInt8]
  package var stderr: [UInt8]
  /// More was written than kept.
  package var truncated: Bool

  package var outputText: String { String(decoding: stdout, as: UTF8.self) }
  package var errorText: String { String(decoding: stderr, as: UTF8.self) }
}

extension Spawn {
  /// Runs the program to its end, with `input` on its standard input, and collects at most
  /// `maximum` bytes of each output stream (the rest is read and dropped).
  ///
  /// Throws `deadlineExceeded` after `timeout`, and `CancellationError` when cancelled; the
  /// program is killed in both cases. Outputs that a grandchild keeps open are read for
  /// `grace` after the program's end, then left.
  package func output(
    input: [UInt8] = [], maximum: Int = 1 << 20, timeout: Duration = .seconds(60),
    grace: Duration = .milliseconds(500)
  ) async throws -> CommandOutput {
    let (child, streams) = try startCaptured()
    return try await withThrowingTaskGroup(of: CommandEvent.self) { group in
      let out = CollectedOutput(maximum: maximum)
      let err = CollectedOutput(maximum: maximum)
      group.addTask { try await out.collect(streams.out) }
      group.addTask { try await err.collect(streams.err) }
      group.addTask { try await Self.feed(streams.input, input) }
      group.addTask { .exited(try await child.wait()) }
      group.addTask {
        try await Task.sleep(for: timeout)
        return .timedOut
      }
      let (status, timedOut) = try await Self.follow(child, &group, grace: grace)
      if timedOut {
        throw WherryError(
          .deadlineExceeded, "\(executable): no answer within \(timeout)", details: ["program": executable])
      }
      let (stdout, stderr) = (out.taken(), err.taken())
      return CommandOutput(
        status: status, stdout: stdout.bytes, stderr: stderr.bytes,
        truncated: stdout.truncated || stderr.truncated)
    }
  }

  private static func follow(
    _ child: ChildProcess, _ group: inout ThrowingTaskGroup<CommandEvent, any Error>, grace: Duration
  ) async throws -> (ExitStatus, timedOut: Bool) {
    var status: ExitStatus?
    var timedOut = false
    var streamsEnded = 0
    do {
      while let event = try await group.next() {
        switch event {
        case .streamEnded: streamsEnded += 1
        case .fed: break
        case .timedOut:
          timedOut = true
          try child.send(SIGKILL)
        case .exited(let exit):
          status = exit
          group.addTask {
            try await Task.sleep(for: grace)
            return .graceOver
          }
        case .graceOver: streamsEnded = 2
        }
        if let status, streamsEnded == 2 || timedOut {
          group.cancelAll()
          return (status, timedOut)
        }
      }
    } catch {
      try child.send(SIGKILL)
      throw error
    }
    throw CancellationError()
  }

  private struct Streams: Sendable {
    var input: AsyncWriter
    var out: AsyncReader
    var err: AsyncReader
  }

  /// Our copies of the child's ends are closed when this returns, or the streams would never end.
  private func startCaptured() throws(SystemError) -> (ChildProcess, Streams) {
    let input = try Pipe()
    let out = try Pipe()
    let err = try Pipe()
    var spawn = self
    spawn.descriptors[0] = input.reading.rawValue
    spawn.descriptors[1] = out.writing.rawValue
    spawn.descriptors[2] = err.writing.rawValue
    let streams = Streams(
      input: try AsyncWriter(try input.writing.duplicate()),
      out: try AsyncReader(try out.reading.duplicate()), err: try AsyncReader(try err.reading.duplicate()))
    let child = try spawn.start()
    input.close()
    out.close()
    err.close()
    return (child, streams)
  }

  /// A program need not read its input.
  private static func feed(_ writer: AsyncWriter, _ input: [UInt8]) async throws -> CommandEvent {
    do {
      try await writer.write(input)
    } catch let error as SystemError where error.errno == EPIPE {}
    writer.close()
    return .fed
  }
}

private enum CommandEvent: Sendable {
  case streamEnded
  case fed
  case exited(ExitStatus)
  case timedOut
  case graceOver
}

private final class CollectedOutput: Sendable {
  private let state = Mutex<(bytes: [UInt8], truncated: Bool)>(([], false))
  private let maximum: Int

  init(maximum: Int) {
    self.maximum = maximum
  }

  func collect(_ reader: AsyncReader) async throws -> CommandEvent {
    for try await chunk in reader {
      state.withLock { state in
        let room = max(maximum - state.bytes.count, 0)
        state.bytes.append(contentsOf: chunk.prefix(room))
        if chunk.count > room { state.truncated = true }
      }
    }
    return .streamEnded
  }

  func taken() -> (bytes: [UInt8], truncated: Bool) { state.withLock { $0 } }
}
