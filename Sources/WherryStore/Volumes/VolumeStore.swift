import WherryLinux
package import WherryModel

/// Volumes' folders: `volumes/NAME/{record.cbor,data/}`. The engine knows what a record means.
package struct VolumeStore: Sendable {
  let state: StateDirectory
  let quarantine: Quarantine
  let report: @Sendable (Damage) -> Void

  package func folder(_ name: VolumeName) -> String { "\(state.volumes)/\(name)" }
  /// What a container finds in its volume.
  package func data(_ name: VolumeName) -> String { folder(name) + "/data" }
  private func file(_ name: VolumeName) -> String { folder(name) + "/record.cbor" }

  /// A folder, out of everybody's sight, that holds an empty `data`.
  package func stage() throws(WherryError) -> String {
    let staged = try Staging(state: state).makeFolder("volume")
    try WherryError.converting("make a volume") { () throws(SystemError) in
      try Files.makeDirectories(staged + "/data", mode: 0o755)
    }
    return staged
  }

  package func discard(staged: String) throws(WherryError) { try Staging(state: state).discard(staged) }

  /// Makes the volume of what was staged. Durable when it returns, except for what `data` holds, which is the
  /// caller's to sync. Throws `conflict` where there is something of that name.
  package func commit(_ name: VolumeName, _ payload: [UInt8], staged: String) throws(WherryError) {
    do throws(WherryError) {
      try RecordFile.write(payload, to: staged + "/record.cbor")
      let exists = try WherryError.converting { () throws(SystemError) in try Files.exists(folder(name)) }
      guard !exists else {
        throw WherryError(
          .conflict, "volume \(name): \(folder(name)) is in its way",
          hint: "a record there could not be read; look at the daemon's log")
      }
      try WherryError.converting("create volume \(name)") { () throws(SystemError) in
        try DurableFile.move(staged, to: folder(name))
      }
    } catch {
      // The first failure counts. What stays in staging goes at the daemon's next start.
      do { try discard(staged: staged) } catch {}
      throw error
    }
  }

  /// Puts the staged `data` in the place of the volume's own, at once and durably. The old one is then the staged.
  package func exchange(_ name: VolumeName, staged: String) throws(WherryError) {
    try WherryError.converting("replace what volume \(name) holds") { () throws(SystemError) in
      let from = try FileDescriptor.open(staged, [.directory])
      let own = try FileDescriptor.open(folder(name), [.directory])
      try from.exchange("data", with: "data", in: own)
      try own.sync()
      try from.sync()
    }
  }

  /// Every volume whose record is whole. One that is not is told to `report` and stops nothing; damage sets it
  /// aside, folder and all, with what it holds.
  package func load<Record>(
    _ decode: (VolumeName, [UInt8]) throws(WherryError) -> Record
  ) throws(WherryError) -> [(name: VolumeName, record: Record)] {
    let entries = try WherryError.converting { () throws(SystemError) in try Files.list(state.volumes) }
    var found: [(name: VolumeName, record: Record)] = []
    for entry in entries {
      let name: VolumeName
      do { name = try VolumeName(entry) } catch { continue }
      do throws(WherryError) {
        guard let payload = try RecordFile.read(file(name)) else {
          throw WherryError(.dataLoss, "volume \(name) has no record")
        }
        found.append((name, try decode(name, payload)))
      } catch {
        report(
          error.code == .dataLoss
            ? quarantine.take(folder(name), because: error)
            : Damage(path: folder(name), reason: error, movedTo: nil))
      }
    }
    return found
  }

  /// Out of sight at once, then deleted, without following a link or entering a mount. Does nothing where it is not
  /// there.
  package func remove(_ name: VolumeName) throws(WherryError) {
    let exists = try WherryError.converting { () throws(SystemError) in try Files.exists(folder(name)) }
    if exists { try Staging(state: state).discard(folder(name), visibleBy: "record.cbor") }
  }
}
