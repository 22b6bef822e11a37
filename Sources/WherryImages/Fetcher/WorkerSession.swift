import Glibc
import WherryCBOR
import WherryLinux
import WherryModel

/// One running worker, seen from the daemon. What it says is checked and never believed.
final class WorkerSession: Sendable {
  private let child: ChildProcess
  private let reader: FrameReader
  private let writer: AsyncWriter
  private let pool: BlockingPool

  /// Starts the worker and hands it its job. `archive` becomes its descriptor 3.
  static func start(
    _ executable: [String], _ job: FetchJob, archive: FileDescriptorBox? = nil, pool: BlockingPool
  ) async throws -> WorkerSession {
    let (ours, theirs) = try WherryError.converting { () throws(SystemError) in try Pipe.socketPair() }
    guard let program = executable.first else { throw WherryError(.internal, "no fetch worker configured") }
    var spawn = Spawn(
      program, Array(executable.dropFirst()),
      environment: Spawn.plainEnvironment + ["SWIFT_BACKTRACE=enable=no"],
      descriptors: [0: theirs.rawValue, 1: theirs.rawValue, 2: 2])
    if let archive { spawn.descriptors[3] = archive.rawValue }
    let child = try await pool.run { [spawn] () throws(WherryError) in
      try WherryError.converting("start fetch worker") { () throws(SystemError) in try spawn.start() }
    }
    // The descriptors were borrowed until here.
    withExtendedLifetime((theirs, archive)) {}
    let session = try WherryError.converting { () throws(SystemError) in
      WorkerSession(
        child: child, reader: FrameReader(try AsyncReader(try ours.file.duplicate())),
        writer: try AsyncWriter(try ours.file.duplicate()), pool: pool)
    }
    do {
      try await session.send(job.cbor)
    } catch {
      await session.kill()
      throw error
    }
    return session
  }

  private init(child: ChildProcess, reader: FrameReader, writer: AsyncWriter, pool: BlockingPool) {
    self.child = child
    self.reader = reader
    self.writer = writer
    self.pool = pool
  }

  var pid: Int32 { child.pid }

  func send(_ command: WorkerCommand) async throws { try await send(command.cbor) }

  private func send(_ message: [UInt8]) async throws {
    do {
      try await writer.write(FrameCodec.encode(message))
    } catch let error as SystemError where error.errno == EPIPE || error.errno == ECONNRESET {
      // It said why before it went; whoever reads next hears it.
    }
  }

  /// The next event. A worker that failed or ended is an error.
  func next() async throws -> WorkerEvent {
    guard let frame = try await reader.next() else { throw await ended() }
    let event: WorkerEvent
    do {
      event = try WorkerEvent(cbor: frame)
    } catch {
      throw WherryError(.protocolViolation, "fetch worker sent what cannot be read", cause: error)
    }
    if case .failed(let code, let message, let hint) = event {
      throw WherryError(
        WherryError.Code(rawValue: code), RegistryFailure.plain(message),
        hint: hint.isEmpty ? nil : RegistryFailure.plain(hint))
    }
    return event
  }

  /// Ends the worker and waits until it is gone: afterwards nobody writes to its staging folder.
  /// Works in a cancelled task too.
  func kill() async {
    await pool.run { [child] in
      do {
        try child.send(SIGKILL)
        while try child.reap() == nil {
          var request = pollfd(fd: child.handle.rawValue, events: Int16(POLLIN), revents: 0)
          _ = poll(&request, 1, 1000)
        }
      } catch {
        // It is gone already: reaped by somebody else.
      }
    }
  }

  private func ended() async -> WherryError {
    do {
      return WherryError(.internal, "fetch worker ended without a word: \(try await child.wait())")
    } catch {
      return WherryError.wrapping(error)
    }
  }
}

/// Cuts a stream into messages. One reader at a time.
final class FrameReader: @unchecked Sendable {
  private let reader: AsyncReader
  // One task at a time reads: the session's owner.
  private var buffer: [UInt8] = []

  init(_ reader: AsyncReader) {
    self.reader = reader
  }

  /// Nil at the end. Throws `protocolViolation` for anything that is no bounded byte string.
  func next() async throws -> [UInt8]? {
    while true {
      if let (head, length) = try FrameCodec.head(buffer[...]), buffer.count >= head + length {
        let message = Array(buffer[head..<(head + length)])
        buffer.removeFirst(head + length)
        return message
      }
      let more: [UInt8]
      do {
        more = try await reader.read(maximum: 64 << 10)
      } catch let error as SystemError where error.errno == ECONNRESET {
        more = []
      }
      if more.isEmpty {
        guard buffer.isEmpty else {
          throw WherryError(.protocolViolation, "fetch worker: message cut off")
        }
        return nil
      }
      buffer += more
    }
  }
}
