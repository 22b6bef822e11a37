import WherryLinux
package import WherryModel

/// Containers' folders: `containers/ID/{record.cbor,upper/,work/}`. The engine knows what a record means.
///
/// A transient one, which has an empty file `transient` besides, is that of a container that a boot would remove: nothing
/// of it waits for the disk. It survives the daemon, and of a power cut nobody can tell whether it was there before.
package struct ContainerStore: Sendable {
  let state: StateDirectory
  let quarantine: Quarantine
  let report: @Sendable (Damage) -> Void

  package func folder(_ id: ContainerID) -> String { "\(state.containers)/\(id)" }
  package func upper(_ id: ContainerID) -> String { folder(id) + "/upper" }
  package func work(_ id: ContainerID) -> String { folder(id) + "/work" }
  private func file(_ id: ContainerID) -> String { folder(id) + "/record.cbor" }
  private static let mark = "/transient"

  package func isTransient(_ id: ContainerID) throws(WherryError) -> Bool {
    try WherryError.converting { () throws(SystemError) in try Files.exists(folder(id) + Self.mark) }
  }

  /// Made in staging and moved here whole. Durable when it returns, unless it is transient.
  package func create(
    _ id: ContainerID, _ payload: [UInt8], isTransient: Bool = false
  ) throws(WherryError) {
    let staging = Staging(state: state)
    let staged = try staging.makeFolder("container")
    do {
      try WherryError.converting("create container \(id.short)") { () throws(SystemError) in
        // The mode of upper is the mode of the container's root folder.
        try Files.makeDirectories(staged + "/upper", mode: 0o755)
        try Files.makeDirectories(staged + "/work")
        // Before the record: no power cut leaves a record that is torn without it.
        if isTransient { try Files.write(staged + Self.mark, []) }
      }
      try RecordFile.write(payload, to: staged + "/record.cbor", isDurable: !isTransient)
      try WherryError.converting("create container \(id.short)") { () throws(SystemError) in
        if isTransient {
          try Files.rename(staged, to: folder(id))
        } else {
          try DurableFile.move(staged, to: folder(id))
        }
      }
    } catch {
      // The first failure counts. Where only the last sync failed the container is here already: not for long.
      do { try staging.discard(staged) } catch { do { try remove(id) } catch {} }
      throw error
    }
  }

  /// Replaces the record. Durable when it returns, unless it is transient.
  package func update(_ id: ContainerID, _ payload: [UInt8]) throws(WherryError) {
    try RecordFile.write(payload, to: file(id), isDurable: try !isTransient(id))
  }

  /// Every container whose record is whole. One that is not is told to `report` and stops nothing; damage, found
  /// by its checksum or by `decode` throwing `dataLoss`, sets it aside, folder and all. A root that is mounted
  /// from there stays mounted. What a power cut has left of a transient one goes, unless `isUp`.
  package func load<Record>(
    isUp: (ContainerID) -> Bool = { _ in false },
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
        do throws(WherryError) {
          if error.code == .dataLoss, !isUp(id), try isTransient(id) {
            try remove(id)
            continue
          }
        } catch let second {
          report(Damage(path: folder(id), reason: second, movedTo: nil))
          continue
        }
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
    guard exists else { return }
    let isTransient = try isTransient(id)
    try Staging(state: state).discard(folder(id), visibleBy: "record.cbor", isDurable: !isTransient)
  }
}
