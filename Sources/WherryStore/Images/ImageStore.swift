import WherryLinux
package import WherryModel

/// Manifests and configurations by digest, images by ID, names. Everything is read from disk when asked for.
///
/// Order of a new image: layers, then blobs, then the record, then the name; each durable before the next.
/// Order of a removal: names, then the record, then blobs, then layers.
package struct ImageStore: Sendable {
  let state: StateDirectory
  let report: @Sendable (Damage) -> Void
  private let records: RecordFolder
  private let nameRecords: RecordFolder

  init(state: StateDirectory, quarantine: Quarantine, report: @escaping @Sendable (Damage) -> Void) {
    self.state = state
    self.report = report
    records = RecordFolder(path: state.imageRecords, quarantine: quarantine)
    nameRecords = RecordFolder(path: state.imageNames, quarantine: quarantine)
  }

  // MARK: Blobs

  package static let maximumBlob = 4 << 20

  private func blobPath(_ digest: Digest) -> String { "\(state.blobs)/\(digest.algorithm)-\(digest.hex)" }

  /// Throws `dataLoss` when `bytes` are not what `digest` says.
  package func putBlob(_ bytes: [UInt8], _ digest: Digest) throws(WherryError) {
    guard digest.matches(bytes) else {
      throw WherryError(.dataLoss, "content does not match its digest \(digest)")
    }
    guard bytes.count <= Self.maximumBlob else {
      throw WherryError(.resourceExhausted, "blob \(digest) of \(bytes.count) bytes is too large")
    }
    try WherryError.converting { () throws(SystemError) in
      try DurableFile.write(blobPath(digest), bytes, mode: 0o600)
    }
  }

  /// Verified. Nil where there is none; throws `dataLoss` where it is damaged.
  package func blob(_ digest: Digest) throws(WherryError) -> [UInt8]? {
    let bytes: [UInt8]?
    do {
      bytes = try Files.readIfPresent(blobPath(digest), maximum: Self.maximumBlob)
    } catch {
      throw error.isDamage ? damaged(digest, error) : WherryError(error)
    }
    guard let bytes else { return nil }
    guard digest.matches(bytes) else { throw damaged(digest, nil) }
    return bytes
  }

  /// Left in place: another pull writes over it.
  private func damaged(_ digest: Digest, _ cause: (any Error)?) -> WherryError {
    WherryError(
      .dataLoss, "blob \(digest) is damaged on disk", hint: "pull the image that needs it again", cause: cause
    )
  }

  package func removeBlob(_ digest: Digest) throws(WherryError) {
    try WherryError.converting { () throws(SystemError) in _ = try DurableFile.remove(blobPath(digest)) }
  }

  // MARK: Images

  package func put(_ record: ImageRecord) throws(WherryError) {
    try records.write(record.id.hex, record.encode())
  }

  package func record(_ id: Digest) throws(WherryError) -> ImageRecord? {
    try records.read(id.hex, report: report) { (payload) throws(WherryError) in
      let record = try ImageRecord(decoding: payload)
      guard record.id == id else {
        throw WherryError(.dataLoss, "image record \(id) holds another image, \(record.id)")
      }
      return record
    }
  }

  package func allRecords() throws(WherryError) -> [ImageRecord] {
    try records.all(report: report) { (name, payload) throws(WherryError) in
      let record = try ImageRecord(decoding: payload)
      guard record.id.hex == name else {
        throw WherryError(.dataLoss, "image record \(name) holds another image, \(record.id)")
      }
      return record
    }
  }

  package func removeRecord(_ id: Digest) throws(WherryError) {
    try records.remove(id.hex)
  }

  // MARK: Names

  /// References can be longer than a file name may be, and hold slashes.
  static func fileName(_ reference: String) -> String { Digest.sha256(of: reference.utf8).hex }

  package func setName(_ name: ImageName) throws(WherryError) {
    try nameRecords.write(Self.fileName(name.reference), name.encode())
  }

  package func name(_ reference: String) throws(WherryError) -> ImageName? {
    let file = Self.fileName(reference)
    return try nameRecords.read(file, report: report) { (payload) throws(WherryError) in
      try decodeName(payload, file: file)
    }
  }

  /// A whole record under another's file name would answer for a reference that was never tagged so.
  private func decodeName(_ payload: [UInt8], file: String) throws(WherryError) -> ImageName {
    let name = try ImageName(decoding: payload)
    guard Self.fileName(name.reference) == file else {
      throw WherryError(.dataLoss, "image name record \(file) holds another name, \(name.reference)")
    }
    return name
  }

  package func allNames() throws(WherryError) -> [ImageName] {
    let names = try nameRecords.all(report: report) { (file, payload) throws(WherryError) in
      try decodeName(payload, file: file)
    }
    return names.sorted { $0.reference < $1.reference }
  }

  /// True when it was there.
  @discardableResult
  package func removeName(_ reference: String) throws(WherryError) -> Bool {
    try nameRecords.remove(Self.fileName(reference))
  }
}
