import Synchronization
import WherryModel
import WherryWire

/// The containers there are. One lock, held only to look up or change the maps.
final class ContainerTable: Sendable {
  private struct Contents {
    var index = ContainerIndex()
    var entries: [ContainerID: ContainerEntry] = [:]
    /// Containers by the image they need, also those being created.
    var users: [String: Set<ContainerID>] = [:]
    var imagesBeingRemoved: Set<String> = []
    /// Of containers with user namespaces, also those being created.
    var idRanges: [ContainerID: IdRange] = [:]
  }

  private let contents = Mutex(Contents())

  /// Nil where there is none.
  func findIfPresent(_ reference: String) throws(WherryError) -> ContainerEntry? {
    do throws(WherryError) {
      return try find(reference)
    } catch {
      if error.code == .notFound { return nil }
      throw error
    }
  }

  func find(_ reference: String) throws(WherryError) -> ContainerEntry {
    try contents.withLock { contents throws(WherryError) in
      let id = try contents.index.find(reference)
      // A name is reserved before its container is on disk; until then it is not there.
      guard let entry = contents.entries[id] else { throw ContainerIndex.notFound(reference) }
      return entry
    }
  }

  func entry(_ id: ContainerID) -> ContainerEntry? { contents.withLock { $0.entries[id] } }

  var entries: [ContainerEntry] { contents.withLock { Array($0.entries.values) } }

  /// Takes a name and holds the image, before anything is written.
  func reserve(_ id: ContainerID, name: ContainerName, image: String, limit: Int) throws(WherryError) {
    try contents.withLock { contents throws(WherryError) in
      guard contents.index.count < limit else {
        throw WherryError(
          .resourceExhausted, "there are \(limit) containers already", hint: "remove some: wherry rm")
      }
      guard !contents.imagesBeingRemoved.contains(image) else {
        throw WherryError(.conflict, "image \(image) is being removed", hint: "try again, or pull it again")
      }
      try contents.index.reserve(name, for: id)
      contents.users[image, default: []].insert(id)
    }
  }

  /// Gives the name it had.
  func rename(_ id: ContainerID, to name: ContainerName) throws(WherryError) -> ContainerName {
    try contents.withLock { contents throws(WherryError) in try contents.index.rename(id, to: name) }
  }

  func isTaken(_ name: ContainerName) -> Bool { contents.withLock { $0.index.isTaken(name) } }

  func insert(_ entry: ContainerEntry) {
    let range = entry.record.idRange
    contents.withLock { contents in
      contents.entries[entry.id] = entry
      if let range { contents.idRanges[entry.id] = range }
    }
  }

  /// Takes users and groups of the device that no other container has, until it is removed.
  func reserveIDs(_ id: ContainerID, count: UInt64, in pool: IDPool) throws(WherryError) -> IdRange {
    try contents.withLock { contents throws(WherryError) in
      let range = try pool.free(count, taken: contents.idRanges.values)
      contents.idRanges[id] = range
      return range
    }
  }

  func remove(_ id: ContainerID, image: String) {
    contents.withLock { contents in
      contents.index.release(id)
      contents.entries[id] = nil
      contents.idRanges[id] = nil
      contents.users[image]?.remove(id)
      if contents.users[image]?.isEmpty ?? false { contents.users[image] = nil }
    }
  }

  // MARK: Images

  func users(of image: String) -> [ContainerEntry] {
    contents.withLock { contents in
      (contents.users[image] ?? []).compactMap { contents.entries[$0] }
    }
  }

  func userCount(of image: String) -> Int { contents.withLock { $0.users[image]?.count ?? 0 } }

  /// Keeps new containers from taking `image` while it is removed. False while another removal does.
  func beginRemoval(ofImage image: String) -> Bool {
    contents.withLock { $0.imagesBeingRemoved.insert(image).inserted }
  }

  func endRemoval(ofImage image: String) {
    contents.withLock { _ = $0.imagesBeingRemoved.remove(image) }
  }

  /// Layers that containers stand on, also where their image is gone.
  var layersInUse: Set<Digest> {
    var layers: Set<Digest> = []
    for entry in entries {
      for text in entry.record.layers {
        // Records with other layers are set aside when they are loaded.
        do { layers.insert(try Digest(text)) } catch { continue }
      }
    }
    return layers
  }
}
