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
      do { try staging.discard(staged) } catch {}
      throw error
    }
  }

  /// Replaces the record. Durable when it returns.
  package func update(_ id: ContainerID, _ payload: [UInt8]) throws(WherryError) {
    try RecordFile.write(payload, to: file(id))
  }

  /// Every container whose record is whole. One that is not is set aside, folder and all, by `decode` throwing
  /// `dataLoss` or by its checksum.
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
        guard error.code == .dataLoss else { throw error }
        report(quarantine.take(folder(id), because: error))
      }
    }
    return found
  }

  /// Out of sight at once, then deleted. Does nothing where it is not there.
  package func remove(_ id: ContainerID) throws(WherryError) {
    let exists = try WherryError.converting { () throws(SystemError) in try Files.exists(folder(id)) }
    if exists { try Staging(state: state).discard(folder(id)) }
  }
}
