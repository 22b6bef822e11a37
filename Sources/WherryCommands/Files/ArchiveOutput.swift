import WherryRPC
import WherryWire

/// Where `export`, `save` and `volume export` put their archive: the file of `--output`, else standard output.
struct ArchiveOutput {
  private let path: String?

  /// Refuses a terminal.
  init(_ path: String?, _ console: Console) throws(OptionError) {
    if path == nil, console.isTerminal {
      throw OptionError("cowardly refusing to save to a terminal. Use the -o flag or redirect")
    }
    self.path = path
  }

  /// What the call that `begin` makes sends; a file takes its name when all of it is there.
  func receive<Success>(_ begin: () async throws -> Call<NoInput, ArchiveChunk, Success>) async throws {
    guard let path else {
      let writer = OutputWriter()
      return try await receive(begin) { try await writer.stdout($0) }
    }
    let file = try NewFile(path)
    do {
      try await receive(begin) { try file.write($0) }
      try file.commit()
    } catch {
      file.discard()
      throw error
    }
  }

  private func receive<Success>(
    _ begin: () async throws -> Call<NoInput, ArchiveChunk, Success>,
    _ take: ([UInt8]) async throws -> Void
  ) async throws {
    let call = try await begin()
    for try await chunk in call.output { try await take(chunk.data) }
    _ = try await call.result()
  }
}
