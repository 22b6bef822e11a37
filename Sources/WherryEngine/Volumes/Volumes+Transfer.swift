import WherryLinux
import WherryModel
import WherryStore
import WherryWire

extension Volumes {
  /// Sends the archive of what a volume holds, its own folder as `./` first, as fast as `send` takes it.
  package func export(_ name: String, send: @Sendable ([UInt8]) async throws -> Void) async throws {
    try await withFolder(of: name) { folder in
      try await TreeArchiver(.folder(folder, name: Array(".".utf8))).send(on: walks.pool, send)
    }
  }

  /// Unpacks the archive that `chunks` make in a volume, over what is there. Durable when it returns.
  package func importArchive(
    _ name: String, chunks: some AsyncSequence<[UInt8], any Error> & Sendable
  ) async throws {
    let pool = walks.pool
    try await withFolder(of: name) { folder in
      var rules = ExtractionRules(owners: .archived, keepsPrivileges: true, makesDevices: true)
      rules.setsTop = true
      let extractor = TreeExtractor(into: folder, rules: rules)
      do {
        for try await chunk in chunks {
          try Task.checkCancellation()
          try await pool.run { () throws(WherryError) in try extractor.write(chunk) }
        }
        try Task.checkCancellation()
        try await pool.run { () throws(WherryError) in
          try extractor.finish()
          try WherryError.converting("sync volume \(name)") { () throws(SystemError) in
            try folder.file.syncFileSystem()
          }
        }
      } catch {
        await pool.run { extractor.abandon() }
        throw error
      }
    }
  }
}

extension TreeArchiver {
  /// A piece after the other, none so large that credit holds it up for long.
  func send(
    on pool: BlockingPool, _ send: @Sendable ([UInt8]) async throws -> Void
  ) async throws {
    while let bytes = try await pool.run({ () throws(SystemError) in try self.next() }) {
      var rest = bytes[...]
      while !rest.isEmpty {
        try await send(Array(rest.prefix(64 << 10)))
        rest = rest.dropFirst(64 << 10)
      }
    }
  }
}
