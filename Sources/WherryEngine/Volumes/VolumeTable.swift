import Synchronization
import WherryModel
import WherryWire

/// The volumes there are, and the containers that have them. One lock, held only to look up or change the maps;
/// what is done to a volume is done in its own lane.
final class VolumeTable: Sendable {
  static let maximumVolumes = 16384

  private struct Contents {
    var records: [String: VolumeRecord] = [:]
    var users: [String: Set<ContainerID>] = [:]
  }

  private let contents = Mutex(Contents())

  var records: [VolumeRecord] { contents.withLock { Array($0.records.values) } }
  var count: Int { contents.withLock { $0.records.count } }

  func find(_ name: String) -> VolumeRecord? { contents.withLock { $0.records[name] } }

  func require(_ name: String) throws(WherryError) -> VolumeRecord {
    guard let record = find(name) else { throw Self.notFound(name) }
    return record
  }

  static func notFound(_ name: String) -> WherryError {
    WherryError(
      .notFound, "get \(Printable.text(name)): no such volume", hint: "wherry volume ls shows those there are"
    )
  }

  func insert(_ record: VolumeRecord) { contents.withLock { $0.records[record.name] = record } }

  func remove(_ name: String) { contents.withLock { $0.records[name] = nil } }

  // MARK: Users

  /// A container has the volume, running or not.
  func hold(_ name: String, by id: ContainerID) {
    contents.withLock { _ = $0.users[name, default: []].insert(id) }
  }

  func release(_ id: ContainerID, _ names: some Sequence<String>) {
    contents.withLock { contents in
      for name in names {
        contents.users[name]?.remove(id)
        if contents.users[name]?.isEmpty ?? false { contents.users[name] = nil }
      }
    }
  }

  func users(of name: String) -> Set<ContainerID> { contents.withLock { $0.users[name] ?? [] } }
}
