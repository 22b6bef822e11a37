import WherryLinux
package import WherryModel

/// What a record's file holds, without anything being set aside for it.
package enum RecordState<Value: Sendable>: Sendable {
  case whole(Value)
  case absent
  case damaged(WherryError)
  /// A newer Wherry wrote it, or it cannot be opened now: nothing is known of it.
  case unknown(WherryError)

  package var value: Value? {
    if case .whole(let value) = self { value } else { nil }
  }
}

/// Looks at everything below the state directory as it is on disk. Changes nothing; every call blocks.
package struct StoreScan: Sendable {
  package let store: Store

  package init(_ store: Store) {
    self.store = store
  }

  package func record<Value>(
    _ path: String, _ decode: ([UInt8]) throws(WherryError) -> Value
  ) -> RecordState<Value> {
    do throws(WherryError) {
      guard let payload = try RecordFile.read(path) else { return .absent }
      return .whole(try decode(payload))
    } catch {
      return error.code == .dataLoss ? .damaged(error) : .unknown(error)
    }
  }

  /// Names of the records in a folder, without `.cbor`.
  package func names(_ folder: String) throws(WherryError) -> [String] {
    try list(folder).filter { $0.hasSuffix(".cbor") && !$0.hasPrefix(".") }.map { String($0.dropLast(5)) }
  }

  package func list(_ folder: String) throws(WherryError) -> [String] {
    try WherryError.converting { () throws(SystemError) in
      try Files.exists(folder) ? try Files.list(folder).sorted() : []
    }
  }

  package func imageRecord(_ hex: String) -> RecordState<ImageRecord> {
    record("\(store.state.imageRecords)/\(hex).cbor") { (payload) throws(WherryError) in
      let record = try ImageRecord(decoding: payload)
      guard record.id.hex == hex else {
        throw WherryError(.dataLoss, "it holds another image, \(record.id)")
      }
      return record
    }
  }

  package func imageName(of reference: String) -> RecordState<ImageName> {
    imageName(ImageStore.fileName(reference))
  }

  package func imageName(_ file: String) -> RecordState<ImageName> {
    record("\(store.state.imageNames)/\(file).cbor") { (payload) throws(WherryError) in
      let name = try ImageName(decoding: payload)
      guard ImageStore.fileName(name.reference) == file else {
        throw WherryError(.dataLoss, "it holds another name, \(name.reference)")
      }
      return name
    }
  }

  package func blob(_ digest: Digest) -> RecordState<[UInt8]> {
    do throws(WherryError) {
      guard let bytes = try store.images.blob(digest) else { return .absent }
      return .whole(bytes)
    } catch {
      return error.code == .dataLoss ? .damaged(error) : .unknown(error)
    }
  }

  /// Digests of the blobs there are by their names, damaged or not.
  package func blobs() throws(WherryError) -> [Digest] {
    try list(store.state.blobs).compactMap { name in
      let parts = name.split(separator: "-", maxSplits: 1)
      guard parts.count == 2 else { return nil }
      do { return try Digest("\(parts[0]):\(parts[1])") } catch { return nil }
    }
  }

  package func layerRecord(_ id: Digest) -> RecordState<LayerRecord> {
    record(store.layers.folder(id) + "/layer.cbor") { (payload) throws(WherryError) in
      let record = try LayerRecord(decoding: payload)
      guard record.id == id else { throw WherryError(.dataLoss, "it holds another layer, \(record.id)") }
      return record
    }
  }

  /// What beside a layer's tree is not as its record says: names of files.
  package func damagedBeside(_ record: LayerRecord) throws(WherryError) -> [String] {
    let folder = store.layers.folder(record.id)
    let kept: [(String, Digest?)] = [
      (FileList.fileName, record.files), (LayerStore.skeleton, record.skeleton),
      (LayerStore.opaqueList, record.opaque),
    ]
    var damaged: [String] = []
    for (name, digest) in kept {
      guard let digest else { continue }
      do throws(SystemError) {
        if try RunningDigest.file("\(folder)/\(name)") != digest { damaged.append(name) }
      } catch {
        guard error.isDamage else { throw WherryError(error) }
        damaged.append(name)
      }
    }
    return damaged
  }

  /// A reference whose file name in `images/names` is `file`, found in what is left of the record's bytes or among
  /// `candidates`: its digest proves it.
  package func salvagedReference(_ bytes: [UInt8], file: String, candidates: [String]) -> String? {
    if let found = candidates.first(where: { ImageStore.fileName($0) == file }) { return found }
    // Texts of CBOR: 0x60 to 0x77 are heads with their length, 0x78 one with a byte of it (RFC 8949 section 3).
    for index in bytes.indices {
      let (start, length): (Int, Int)
      switch bytes[index] {
      case 0x61...0x77: (start, length) = (index + 1, Int(bytes[index] - 0x60))
      case 0x78 where index + 1 < bytes.count: (start, length) = (index + 2, Int(bytes[index + 1]))
      default: continue
      }
      guard start + length <= bytes.count else { continue }
      let text = String(decoding: bytes[start..<(start + length)], as: UTF8.self)
      if ImageStore.fileName(text) == file { return text }
    }
    return nil
  }
}

extension Store {
  /// Moves something out of its place into the folder of damaged things, under a name that tells its origin. Nil where it
  /// could not be moved. Blocks.
  package func setAside(_ path: String, as origin: AsideOrigin = .unknown) -> String? {
    do {
      return try quarantine.moving { () throws(WherryError) in
        quarantine.take(
          path, because: WherryError(.dataLoss, "set aside by a check"), prefix: origin.prefix
        ).movedTo
      }
    } catch {
      return nil
    }
  }
}
