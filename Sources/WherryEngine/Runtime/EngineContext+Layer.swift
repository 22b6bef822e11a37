import WherryLinux
import WherryModel
import WherryOCI
import WherryStore
import WherryWire

extension EngineContext {
  /// Blocks.
  func diffIDs(of base: ImageBase, container: String) throws(WherryError) -> [Digest] {
    try base.layers.map { id throws(WherryError) in
      guard let layer = try store.layers.record(id) else {
        throw WherryError(
          .dataLoss, "container \(container): layer \(id) of its image is missing",
          hint: "pull its image again")
      }
      return layer.diffID
    }
  }

  /// Blocks.
  func layerArchiver(of record: ContainerRecord, id: ContainerID) throws(WherryError)
    -> TreeArchiver
  {
    let points = Containers.mountPoints(of: record)
    let trees = try record.layers.map { text throws(WherryError) in store.layers.tree(try Digest(text)) }
    return try WherryError.converting("commit container \(record.name)") { () throws(SystemError) in
      // What a layer has stays in view of its changes, such as a mode.
      var known: Set<String> = []
      for tree in trees {
        let folder = try FileDescriptor.open(tree, [.directory])
        for point in points where try Self.exists(point, in: folder) { known.insert(point) }
      }
      let placeholders = Set(
        points.subtracting(known).map { Array($0.utf8.drop { $0 == UInt8(ascii: "/") }) })
      let upper = FileDescriptorBox(try FileDescriptor.open(store.containers.upper(id), [.directory]))
      return TreeArchiver(.contents(upper), rules: ArchiveRules(isLayer: true, placeholders: placeholders))
    }
  }

  private static func exists(_ path: String, in folder: borrowing FileDescriptor) throws(SystemError) -> Bool
  {
    do throws(SystemError) {
      _ = try folder.open(
        String(path.drop { $0 == "/" }), [.pathOnly, .noFollow],
        resolve: [.beneath, .noSymbolicLinks, .noMagicLinks])
      return true
    } catch {
      guard error.isNowhere else { throw error }
      return false
    }
  }
}

/// A layer's archive, read as fast as it is taken.
struct LayerChunks: AsyncSequence, AsyncIteratorProtocol, Sendable {
  typealias Element = [UInt8]
  typealias Failure = any Error

  let archiver: TreeArchiver
  let pool: BlockingPool
  let container: String

  func makeAsyncIterator() -> Self { self }

  mutating func next() async throws -> [UInt8]? {
    try Task.checkCancellation()
    let bytes = try await pool.run { [archiver] () throws(SystemError) in try archiver.next() }
    if let refusal = archiver.refusal {
      throw WherryError(
        .failedPrecondition, "container \(container) cannot be made an image: \(Printable.text(refusal))",
        hint: "remove or rename that file")
    }
    return bytes
  }
}
