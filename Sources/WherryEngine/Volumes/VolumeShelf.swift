import WherryCBOR
import WherryLinux
import WherryModel
import WherryStore

/// Volumes' records on disk, as the engine knows them. Calls block.
struct VolumeShelf: Sendable {
  let store: VolumeStore

  /// A new volume of what was staged. Durable when it returns.
  func commit(_ record: VolumeRecord, staged: String) throws(WherryError) {
    var writer = CBORWriter()
    record.encode(to: &writer)
    try store.commit(try VolumeName(record.name), writer.bytes, staged: staged)
  }

  /// Every volume whose record is whole; the store sets the others aside and says so.
  func loadAll() throws(WherryError) -> [VolumeRecord] {
    try store.load { (name, payload) throws(WherryError) in
      let record: VolumeRecord
      do {
        var reader = CBORReader(payload)
        record = try VolumeRecord(from: &reader)
        try reader.requireEnd()
      } catch {
        throw WherryError(.dataLoss, "volume record \(name) cannot be read: \(error)", cause: error)
      }
      guard record.name == name.rawValue else {
        throw WherryError(
          .dataLoss, "volume \(name) holds the record of another, \(Printable.text(record.name))")
      }
      return record
    }.map(\.record)
  }
}
