import WherryCBOR
import WherryLinux
package import WherryModel

/// What clean-up needs to know of an image and nothing else says: written when the last container that used it goes, when
/// its name goes to a newer image, and when somebody pins it.
package struct ImageUse: Sendable, Hashable {
  package static let maximumRepositories = 16

  /// The image's.
  package var id: Digest
  /// Names without tag or digest under which containers that were there to stay used it, or that newer images have now.
  package var repositories: [String]
  /// When it was last known to be of use; nil where it is only pinned.
  package var lastUsed: Timestamp?
  package var isPinned: Bool

  package init(id: Digest, repositories: [String] = [], lastUsed: Timestamp? = nil, isPinned: Bool = false) {
    self.id = id
    self.repositories = repositories
    self.lastUsed = lastUsed
    self.isPinned = isPinned
  }

  package mutating func add(_ repository: String) {
    guard !repositories.contains(repository), repositories.count < Self.maximumRepositories else { return }
    repositories.append(repository)
  }

  func encode() -> [UInt8] {
    var writer = CBORWriter()
    writer.writeMapHeader(4)
    writer.writeUInt(1)
    writer.writeText(id.description)
    writer.writeUInt(2)
    writer.writeArrayHeader(repositories.count)
    for repository in repositories { writer.writeText(repository) }
    writer.writeUInt(3)
    writer.writeUInt(lastUsed?.nanoseconds ?? 0)
    writer.writeUInt(4)
    writer.writeUInt(isPinned ? 1 : 0)
    return writer.bytes
  }

  init(decoding payload: [UInt8]) throws(WherryError) {
    self = try FieldReader.decode(payload, what: "record of an image's use") { (fields) throws in
      let (id, repositories) = (try fields.digest(1), try fields.texts(2))
      let (lastUsed, flags) = (try fields.uint(3), try fields.uint(4))
      return ImageUse(
        id: id, repositories: repositories,
        lastUsed: lastUsed == 0 ? nil : Timestamp(nanoseconds: lastUsed), isPinned: flags & 1 != 0)
    }
  }
}

/// `images/uses/HEX.cbor`. A damaged one stays where it is: as long as nobody has written it again, its image is kept.
package struct ImageUses: Sendable {
  let state: StateDirectory

  private func file(_ id: Digest) -> String { "\(state.imageUses)/\(id.hex).cbor" }

  /// Nil where nothing is known of it. Throws `dataLoss` where the record is damaged. Blocks.
  package func find(_ id: Digest) throws(WherryError) -> ImageUse? {
    guard let payload = try RecordFile.read(file(id)) else { return nil }
    let use = try ImageUse(decoding: payload)
    guard use.id == id else { throw WherryError(.dataLoss, "the use of image \(id.short) is another's") }
    return use
  }

  /// The images that somebody has pinned, and those of which that is not known any more. Blocks.
  package func pinned() throws(WherryError) -> Set<Digest> {
    let names = try WherryError.converting { () throws(SystemError) in try Files.list(state.imageUses) }
    var found: Set<Digest> = []
    for name in names where name.hasSuffix(".cbor") && !DurableFile.isTemporary(name) {
      let id: Digest
      do { id = try Digest("sha256:\(name.dropLast(5))") } catch { continue }
      do throws(WherryError) {
        if try find(id)?.isPinned ?? false { found.insert(id) }
      } catch {
        found.insert(id)
      }
    }
    return found
  }

  /// Durable when it returns. Blocks.
  package func put(_ use: ImageUse) throws(WherryError) {
    try RecordFile.write(use.encode(), to: file(use.id))
  }

  /// With its image. Blocks.
  package func remove(_ id: Digest) throws(WherryError) {
    try WherryError.converting { () throws(SystemError) in _ = try DurableFile.remove(file(id)) }
  }
}
