import WherryEngine
import WherryLinux
import WherryModel

/// A container's first process, attached to through conmon.
final class ContainerSession: AttachedSession {
  private let id: ContainerID
  private let files: ContainerFiles
  private let socket: AttachSocket
  private let supervisor: any Supervisor

  init(_ id: ContainerID, files: ContainerFiles, socket: AttachSocket, supervisor: any Supervisor) {
    self.id = id
    self.files = files
    self.socket = socket
    self.supervisor = supervisor
  }

  var output: AsyncThrowingStream<OutputChunk, any Error> {
    let socket = socket
    return AsyncThrowingStream { try await socket.next() }
  }

  /// A container that no longer reads has no use for more.
  func writeInput(_ bytes: [UInt8]) async throws {
    do {
      try await socket.write(bytes)
    } catch let error as SystemError where error.isBrokenPipe {
    }
  }

  func closeInput() async throws { socket.finishInput() }

  func signal(_ number: Int32) async throws { try await supervisor.signal(id, number) }

  func resize(rows: Int, columns: Int) async throws {
    // conmon's own pipe; without conmon nobody reads it, which must not make us wait.
    let control = try FileDescriptor.open(files.control, [.writeOnly, .nonBlocking, .noFollow])
    _ = try control.writeSome(Array("1 \(rows) \(columns)\n".utf8))
  }

  func exit() async throws -> Exit { try await supervisor.nextExit(id) }

  func detach() async { socket.close() }
}
