import WherryEngine
import WherryModel

/// A container's first process whose streams nobody holds: what it writes is read from its log.
final class LogSession: AttachedSession {
  let output: AsyncThrowingStream<OutputChunk, any Error>
  private let id: ContainerID
  private let supervisor: any Supervisor

  /// `next` gives its lines, nil after the last.
  init(
    _ id: ContainerID, supervisor: any Supervisor, next: @escaping @Sendable () async throws -> LogLine?
  ) {
    self.id = id
    self.supervisor = supervisor
    output = AsyncThrowingStream {
      guard let line = try await next() else { return nil }
      return line.stream == .stdout ? .stdout(line.data) : .stderr(line.data)
    }
  }

  /// It was started without standard input.
  func writeInput(_ bytes: [UInt8]) async throws {}
  func closeInput() async throws {}
  func signal(_ number: Int32) async throws { try await supervisor.signal(id, number) }
  /// It has no terminal.
  func resize(rows: Int, columns: Int) async throws {}
  func exit() async throws -> Exit { try await supervisor.nextExit(id) }
  func detach() async {}
}
