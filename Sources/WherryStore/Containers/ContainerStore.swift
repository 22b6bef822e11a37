import WherryLinux
package import WherryModel

/// Containers' folders: `containers/ID/{record.cbor,upper/,work/}`. The engine knows what a record means.
package struct ContainerStore: Sendable {
  let state: StateDirectory
  let quarantine: Quarantine
  let report: @Sendable (Damage) -> Void

  package func folder(_ id: ContainerID) -> String { "\(state.containers)/\(id)" }
  package func upper(_ id: ContainerID) -> String { folder(id) + "/upper" }
  package func work(_ id: ContainerID) -> String { folder(id) + "/work" }
  private func file(_ id: ContainerID) -> String { folder(id) + "/record.cbor" }

  /// Made in staging and moved here whole. Durable when it returns.
  package func create(_ id: ContainerID, _ payload: [UInt8]) throws(WherryError) {
    let staging = Staging(state: state)
    let staged = try staging.makeFolder("container")
    do {
      try WherryError.converting("create container \(id.short)") { () throws(SystemError) in
        // The mode of upper is the mode of the container's root folder.
        try Files.makeDirectories(staged + "/upper", mode: 0o755)
        try Files.makeDirectories(staged + "/work")
      }
      try RecordFile.write(payload, to: staged + "/record.cbor")
      try WherryError.converting("create container \(id.short)") { () throws(SystemError) in
        try DurableFile.move(staged, to: folder(id))
      }
    } catch {
      // The first failure counts. Where only the last sync failed the container is here already: not for long.
      do { try staging.discard(staged) } catch { do { try remove(id) } catch {} }
      throw error
    }
  }

  /// Replaces the record. Durable when it returns.
  package func update(_ id: ContainerID, _ payload: [UInt8]) throws(WherryError) {
    try RecordFile.write(payload, to: file(id))
  }

  /// Every container whose record is whole. One that is not is told to `report` and stops nothing; damage, found
  /// by its checksum or by `decode` throwing `dataLoss`, sets it aside, folder and all. A root that is mounted
  /// from there stays mounted.
  package func load<Record>(
    _ decode: (ContainerID, [UInt8]) throws(WherryError) -> Record
  ) throws(WherryError) -> [(id: ContainerID, record: Record)] {
    let entries = try WherryError.converting { () throws(SystemError) in try Files.list(state.containers) }
    var found: [(id: ContainerID, record: Record)] = []
    for entry in entries {
      let id: ContainerID
      do { id = try ContainerID(entry) } catch { continue }
      do throws(WherryError) {
        guard let payload = try RecordFile.read(file(id)) else {
          throw WherryError(.dataLoss, "container \(id.short) has no record")
        }
        found.append((id, try decode(id, payload)))
      } catch {
        // A record that a newer Wherry wrote, or that cannot be opened now, is not damaged: it stays.
        report(
          error.code == .dataLoss
            ? quarantine.take(folder(id), because: error)
            : Damage(path: folder(id), reason: error, movedTo: nil))
      }
    }
    return found
  }

  /// Out of sight at once, then deleted. Does nothing where it is not there.
  package func remove(_ id: ContainerID) throws(WherryError) {
    let exists = try WherryError.converting { () throws(SystemError) in try Files.exists(folder(id)) }
    if exists { try Staging(state: state).discard(folder(id), visibleBy: "record.cbor") }
  }
}
