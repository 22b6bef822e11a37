import WherryCBOR
import WherryLinux
import WherryModel
import WherryStore

/// Containers' records on disk, as the engine knows them.
struct RecordShelf: Sendable {
  let store: Store
  let run: RunDirectory
  let pool: BlockingPool

  /// Durable when it returns, unless it is transient; only then may anybody see the container.
  func create(_ record: ContainerRecord, for id: ContainerID, isTransient: Bool) async throws {
    let payload = Self.encode(record)
    try await pool.run { [store] in try store.containers.create(id, payload, isTransient: isTransient) }
  }

  func write(_ record: ContainerRecord, for id: ContainerID) async throws {
    let payload = Self.encode(record)
    try await pool.run { [store] in try store.containers.update(id, payload) }
  }

  /// Does nothing where it is gone already.
  func delete(_ id: ContainerID) async throws {
    try await pool.run { [store] in try store.containers.remove(id) }
  }

  /// Every container whose record is whole; the store sets the others aside and says so.
  func loadAll() async throws -> [(id: ContainerID, record: ContainerRecord)] {
    try await pool.run { [store, run] in
      try store.containers.load(isUp: { Self.isUp($0, run) }) { (id, payload) throws(WherryError) in
        let record = try Self.decode(payload)
        guard record.id == id.rawValue else {
          throw WherryError(
            .dataLoss, "container \(id.short) holds the record of another, \(record.id.prefix(12))")
        }
        // What the engine relies on later; a record that lacks it is no record.
        do throws(WherryError) {
          _ = try ContainerName(record.name)
          for layer in record.layers { _ = try Digest(layer) }
        } catch {
          throw WherryError(.dataLoss, "container \(id.short): \(error.message)", cause: error)
        }
        return record
      }
    }
  }

  /// Whether this boot has seen it run; the safe answer where nobody can tell.
  private static func isUp(_ id: ContainerID, _ run: RunDirectory) -> Bool {
    do { return try Files.exists(run.container(id)) } catch { return true }
  }

  static func encode(_ record: ContainerRecord) -> [UInt8] {
    var writer = CBORWriter()
    record.encode(to: &writer)
    return writer.bytes
  }

  static func decode(_ payload: [UInt8]) throws(WherryError) -> ContainerRecord {
    do {
      var reader = CBORReader(payload)
      let record = try ContainerRecord(from: &reader)
      try reader.requireEnd()
      return record
    } catch {
      throw WherryError(.dataLoss, "container record cannot be read: \(error)", cause: error)
    }
  }
}
