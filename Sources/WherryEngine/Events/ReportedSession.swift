/// A session of which others hear as well: the events tell of its size, of a client that leaves, and of its end.
struct ReportedSession: AttachedSession {
  let base: any AttachedSession
  var resized: @Sendable (_ rows: Int, _ columns: Int) -> Void = { _, _ in }
  var detached: @Sendable () -> Void = {}
  var ended: @Sendable (Exit) -> Void = { _ in }
  /// The end as somebody else has recorded it meanwhile.
  var recordedEnd: @Sendable () -> Exit? = { nil }

  var output: AsyncThrowingStream<OutputChunk, any Error> { base.output }
  func writeInput(_ bytes: [UInt8]) async throws { try await base.writeInput(bytes) }
  func closeInput() async throws { try await base.closeInput() }
  func signal(_ number: Int32) async throws { try await base.signal(number) }

  func resize(rows: Int, columns: Int) async throws {
    try await base.resize(rows: rows, columns: columns)
    resized(rows, columns)
  }

  func detach() async {
    await base.detach()
    detached()
  }

  func exit() async throws -> Exit {
    let exit = try await Exit.next(recorded: recordedEnd) { try await base.exit() }
    ended(exit)
    return exit
  }
}

extension EngineContext {
  /// Of the container's first process.
  func reported(_ session: any AttachedSession, of entry: ContainerEntry) -> any AttachedSession {
    ReportedSession(
      base: session,
      resized: { record("resize", of: entry, ["height": "\($0)", "width": "\($1)"]) },
      detached: { record("detach", of: entry) },
      recordedEnd: { entry.recordedEnd })
  }
}
