import Glibc
import WherryEngine
import WherryLinux
import WherryModel
import WherryOCI

/// A further process of a container: the runtime's `exec`, whose streams we hold.
final class ExecSession: AttachedSession {
  private let child: ChildProcess
  private let streams: ExecStreams
  private let folder: String
  private let startedAt = Timestamp.now()

  /// `folder` holds the session's files and is removed at its end.
  init(_ spawn: Spawn, openStdin: Bool, terminal: Bool, folder: String) throws(SystemError) {
    self.folder = folder
    (child, streams) =
      terminal
      ? try ExecStreams.startAtTerminal(spawn, openStdin: openStdin)
      : try ExecStreams.startWithPipes(spawn, openStdin: openStdin)
  }

  var output: AsyncThrowingStream<OutputChunk, any Error> {
    let streams = streams
    return AsyncThrowingStream { try await streams.next() }
  }

  func writeInput(_ bytes: [UInt8]) async throws {
    do {
      try await streams.input?.write(bytes)
    } catch let error as SystemError where error.isBrokenPipe {
    }
  }

  /// A terminal has no end of input but the key for it.
  func closeInput() async throws {
    if streams.terminal == nil { streams.input?.close() }
  }

  func signal(_ number: Int32) async throws {
    guard let process = try await started() else {
      throw WherryError(.failedPrecondition, "the process has not started")
    }
    try PIDFD.open(process)?.send(number)
  }

  func resize(rows: Int, columns: Int) async throws {
    guard let terminal = streams.terminal else {
      throw WherryError(.unsupported, "an exec without a terminal has no size")
    }
    let size = WindowSize(rows: UInt16(clamping: rows), columns: UInt16(clamping: columns))
    try size.apply(to: terminal.rawValue)
    // runc passes the size on to the process's own terminal, crun 1.8 does not.
    try child.send(SIGWINCH)
    guard let process = try await started() else { return }
    try PseudoTerminal.processEnd(of: process)?.apply(size)
  }

  func exit() async throws -> Exit {
    let status = try await child.wait()
    let said = try Files.readIfPresent(ExecFiles(folder: folder).log, maximum: 64 << 10) ?? []
    _ = try Files.removeTree(folder)
    // The runtime's words went to the client already, on the process's standard error; its code says less than
    // they do.
    let failure = status.isSuccess ? nil : RuntimeFailure.code(String(decoding: said, as: UTF8.self))
    return Exit(code: failure?.commandExitCode ?? status.code, startedAt: startedAt, finishedAt: .now())
  }

  func detach() async {
    // What cannot be signalled has ended.
    do {
      if let process = try await started() { try PIDFD.open(process)?.send(9) }
      try child.send(9)
      streams.input?.close()
      _ = try Files.removeTree(folder)
    } catch {}
  }

  /// The process in the container, once the runtime has written its number.
  private func started() async throws -> ProcessIdentity? {
    let path = ExecFiles(folder: folder).pid
    for _ in 0..<200 {
      if let text = try Files.readIfPresent(path, maximum: 64),
        let pid = Int32(String(decoding: text, as: UTF8.self).trimmed)
      {
        return try ProcessIdentity.of(pid)
      }
      if try child.reap() != nil { return nil }
      // The runtime says it in no other way than by this file's content, which may still be empty.
      try await Task.sleep(for: .milliseconds(10))
    }
    return nil
  }
}

/// The files of one exec.
struct ExecFiles {
  let folder: String

  var process: String { folder + "/process.json" }
  var pid: String { folder + "/pid" }
  var log: String { folder + "/log" }

  /// A new folder below the container's, with the process written down.
  static func make(in bundle: String, _ process: RuntimeSpec.Process) throws(WherryError) -> ExecFiles {
    let name = RandomName.next()
    let files = ExecFiles(folder: "\(bundle)/exec-\(name)")
    let json = try process.json()
    try WherryError.converting("prepare exec") { () throws(SystemError) in
      try Files.makeDirectories(files.folder)
      try Files.write(files.process, json)
    }
    return files
  }
}
