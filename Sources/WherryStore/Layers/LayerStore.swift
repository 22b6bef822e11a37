import WherryLinux
package import WherryModel

/// Extracted layers: `layers/HEX/{tree/,layer.cbor}`.
///
/// A layer is made in `staging/` and moved here whole: data, sync of the file system, commit record, rename,
/// sync of the folder. So a power cut leaves either nothing here or all of it.
package struct LayerStore: Sendable {
  let state: StateDirectory
  let quarantine: Quarantine
  let report: @Sendable (Damage) -> Void

  /// Absolute path of what there is of the layer: `tree/`, and what was kept beside it.
  package func folder(_ id: Digest) -> String { "\(state.layers)/\(id.hex)" }

  /// Beside the tree: what else the layer's archive held, so that it can be made again. Absent where it cannot.
  package static let skeleton = "skeleton"
  /// Beside the tree: its opaque folders, each path followed by a NUL, for those who may not read `trusted.`
  /// attributes (the worker that unpacks a layer over this one). Absent where there are none.
  package static let opaqueList = "opaque"

  /// Absolute path of the layer's files.
  package func tree(_ id: Digest) -> String { folder(id) + "/tree" }

  /// Nil where the layer is not there. A folder without a valid record is set aside.
  package func record(_ id: Digest) throws(WherryError) -> LayerRecord? {
    let path = folder(id)
    return try quarantine.reading(path, report: report) { () throws(WherryError) -> LayerRecord? in
      guard let payload = try RecordFile.read(path + "/layer.cbor") else {
        if try exists(path) { throw WherryError(.dataLoss, "layer \(id) has no commit record") }
        return nil
      }
      let record = try LayerRecord(decoding: payload)
      guard record.id == id else {
        throw WherryError(.dataLoss, "layer \(id) holds the record of another, \(record.id)")
      }
      return record
    }
  }

  package func contains(_ id: Digest) throws(WherryError) -> Bool { try record(id) != nil }

  package func allRecords() throws(WherryError) -> [LayerRecord] {
    let entries = try WherryError.converting { () throws(SystemError) in try Files.list(state.layers) }
    var found: [LayerRecord] = []
    for entry in entries {
      let id: Digest
      do { id = try Digest("sha256:" + entry) } catch { continue }
      do throws(WherryError) {
        if let record = try record(id) { found.append(record) }
      } catch {
        report(Damage(path: folder(id), reason: error, movedTo: nil))
      }
    }
    return found
  }

  /// Makes the layer at `staged` (a folder with `tree/` in it, below `staging/`) visible. Durable when it
  /// returns. Where the layer is there already, the staged one is discarded.
  ///
  /// `opaqueFolders` are paths in the tree whose lower contents overlay must hide.
  package func commit(
    staged: String, _ record: LayerRecord, opaqueFolders: [[UInt8]] = []
  ) throws(WherryError) {
    guard staged.hasPrefix(state.staging + "/"), !staged.split(separator: "/").contains("..") else {
      throw WherryError(.invalidArgument, "commit layer \(record.id): \(staged) is not in \(state.staging)")
    }
    if try contains(record.id) {
      try Staging(state: state).discard(staged)
      return
    }
    try prepare(staged, record, opaqueFolders)
    let moved = try quarantine.moving { () throws(WherryError) in
      do throws(SystemError) {
        try DurableFile.move(staged, to: folder(record.id))
        return true
      } catch {
        guard error.isNotEmpty else { throw WherryError(error, "commit layer \(record.id)") }
        return false
      }
    }
    if moved { return }
    // Another pull was first: the same content by the same name. Unless it is a wreck that could not be set
    // aside: that must not pass for the layer.
    guard try contains(record.id) else {
      throw WherryError(.dataLoss, "commit layer \(record.id): something else is in its place")
    }
    try Staging(state: state).discard(staged)
  }

  /// Puts the layer at `staged`, which holds the same archive's files, in the place of a damaged one, at once and
  /// durably; who has the old one mounted keeps it. Returns where the old one is now, set aside; nil where there was
  /// none.
  package func replace(
    staged: String, _ record: LayerRecord, opaqueFolders: [[UInt8]] = []
  ) throws(WherryError) -> String? {
    guard staged.hasPrefix(state.staging + "/"), !staged.split(separator: "/").contains("..") else {
      throw WherryError(.invalidArgument, "replace layer \(record.id): \(staged) is not in \(state.staging)")
    }
    try prepare(staged, record, opaqueFolders)
    return try quarantine.moving { () throws(WherryError) in
      try WherryError.converting("replace layer \(record.id)") { () throws(SystemError) in
        guard try Files.exists(folder(record.id)) else {
          try DurableFile.move(staged, to: folder(record.id))
          return nil
        }
        let layers = try FileDescriptor.open(state.layers, [.directory])
        let damaged = try FileDescriptor.open(quarantine.folder, [.directory])
        // The old tree may be mounted: it must at no time be in staging, which is emptied.
        let name = "layers-\(record.id.hex).\(RandomName.next())"
        let aside = "\(quarantine.folder)/\(name)"
        try DurableFile.move(staged, to: aside)
        do throws(SystemError) {
          try layers.exchange(record.id.hex, with: name, in: damaged)
        } catch {
          // It is the new one still. Where it cannot go back it stays, and the first failure is what the caller needs.
          do { try Files.rename(aside, to: staged) } catch {}
          throw error
        }
        try layers.sync()
        try damaged.sync()
        return aside
      }
    }
  }

  /// Makes what is staged ready to be seen: marks, list, sync, commit record.
  private func prepare(
    _ staged: String, _ record: LayerRecord, _ opaqueFolders: [[UInt8]]
  ) throws(WherryError) {
    var record = record
    try WherryError.converting("commit layer \(record.id)") { () throws(SystemError) in
      let folder = try FileDescriptor.open(staged, [.directory, .noFollow])
      // What else a worker kept beside the tree ends with the staging.
      for entry in try folder.entries() where entry.text != "tree" {
        if [Self.skeleton, FileList.fileName].contains(entry.text),
          try folder.status(of: entry.name).kind == .regular
        {
          continue
        }
        try folder.removeTree(entry.name)
      }
      let tree = try folder.open("tree", [.directory, .noFollow])
      for path in opaqueFolders {
        let opened = try tree.open(path, [.directory], resolve: [.inRoot, .noSymbolicLinks, .noMagicLinks])
        try opened.setExtendedAttribute("trusted.overlay.opaque", Array("y".utf8))
      }
      if !opaqueFolders.isEmpty {
        try Files.write("\(staged)/\(Self.opaqueList)", opaqueFolders.flatMap { $0 + [0] })
      }
      record.files = try RunningDigest.file("\(staged)/\(FileList.fileName)")
      record.skeleton = try RunningDigest.file("\(staged)/\(Self.skeleton)")
      record.opaque = try RunningDigest.file("\(staged)/\(Self.opaqueList)")
      try tree.syncFileSystem()
    }
    try RecordFile.write(record.encode(), to: staged + "/layer.cbor")
  }

  /// Moves it out of sight first, so that half of a layer is never seen.
  package func remove(_ id: Digest) throws(WherryError) {
    guard try exists(folder(id)) else { return }
    let staging = Staging(state: state)
    let rest = try quarantine.moving { () throws(WherryError) in
      try staging.hide(folder(id), visibleBy: "layer.cbor")
    }
    try staging.delete(rest)
  }

  private func exists(_ path: String) throws(WherryError) -> Bool {
    try WherryError.converting { () throws(SystemError) in try Files.exists(path) }
  }
}
