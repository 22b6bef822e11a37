/// A session whose end is told to somebody else as well.
struct ReportedSession: AttachedSession {
  let base: any AttachedSession
  let ended: @Sendable (Exit) -> Void

  var output: AsyncThrowingStream<OutputChunk, any Error> { base.output }
  func writeInput(_ bytes: [UInt8]) async throws { try await base.writeInput(bytes) }
  func closeInput() async throws { try await base.closeInput() }
  func signal(_ number: Int32) async throws { try await base.signal(number) }
  func resize(rows: Int, columns: Int) async throws { try await base.resize(rows: rows, columns: columns) }
  func detach() async { await base.detach() }

  func exit() async throws -> Exit {
    let exit = try await base.exit()
    ended(exit)
    return exit
  }
}
