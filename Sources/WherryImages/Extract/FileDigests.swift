import Glibc
import WherryLinux
import WherryModel
import WherryStore

/// The SHA-256 digests of a layer's files, taken while they are written, and at the end the layer's list of files.
///
/// What a layer does to its own files (replaces, links, renames nothing) is not followed: a digest belongs to an inode,
/// of which the last one written counts, and the list is made of a walk through the finished tree that reads no
/// content. Held in memory are 16 bytes a file; digests beyond `held` go to a file meanwhile.
final class FileDigests {
  private static let width = 32
  private static let held = 1 << 20

  private struct Place {
    var inode: UInt64
    var index: UInt32
  }

  private let path: String
  /// How many bytes of holes are hashed still: the files of one layer can claim any number of them.
  private var holes: UInt64
  private var file: FileDescriptorBox?
  private var places: [Place] = []
  /// Those that are not in the file yet.
  private var buffer: [UInt8] = []
  private var stored = 0

  init(_ path: String, maximumHoles: UInt64 = 256 << 20) throws(SystemError) {
    self.path = path
    holes = maximumHoles
  }

  /// For the content of the next file.
  func begin() -> ContentDigest { ContentDigest(maximumHoles: holes) }

  /// After the last byte.
  func record(_ inode: UInt64, _ content: ContentDigest) throws(SystemError) {
    holes -= min(holes, content.hashedHoles)
    places.append(Place(inode: inode, index: UInt32(clamping: places.count)))
    buffer += content.finish() ?? [UInt8](repeating: 0, count: Self.width)
    guard buffer.count >= Self.held else { return }
    let file: FileDescriptorBox
    if let made = self.file { file = made } else { file = try make() }
    try file.file.write(buffer, at: Int64(stored))
    stored += buffer.count
    buffer.removeAll(keepingCapacity: true)
  }

  private func make() throws(SystemError) -> FileDescriptorBox {
    let made = FileDescriptorBox(
      try FileDescriptor.open(path, [.readWrite, .create, .exclusive, .noFollow], mode: 0o600))
    // Gone with the descriptor.
    try Files.unlink(path)
    file = made
    return made
  }

  /// Writes the list of what is in `tree` to the file `list`. Nothing may change there any more.
  func list(_ tree: String, in list: String) throws {
    places.sort { ($0.inode, $0.index) < ($1.inode, $1.index) }
    let writer = try FileList.Writer(list)
    let lister = try TreeLister(tree)
    while let item = try Self.next(lister) {
      let content: [UInt8]
      switch item.status.kind {
      case .regular: content = try digest(of: item.status.inode)
      case .symbolicLink: content = try lister.readLink(item.path)
      case .characterDevice, .blockDevice:
        content = ListedFile.deviceContent(item.status.representedDevice)
      case .directory, .fifo, .socket, .unknown: content = []
      }
      try writer.append(ListedFile(path: item.path, item.status, content: content))
    }
    try writer.finish()
  }

  private static func next(_ lister: TreeLister) throws(SystemError) -> TreeLister.Item? {
    do throws(TreeLister.Failure) { return try lister.next() } catch { throw error.cause }
  }

  private func digest(of inode: UInt64) throws -> [UInt8] {
    // The last place of the inode: one behind the last that is not greater.
    var (low, high) = (0, places.count)
    while low < high {
      let middle = (low + high) / 2
      if places[middle].inode <= inode { low = middle + 1 } else { high = middle }
    }
    guard low > 0, places[low - 1].inode == inode else {
      throw WherryError(.internal, "a file of the layer has no digest")
    }
    let offset = Int(places[low - 1].index) * Self.width
    var found: [UInt8]
    if offset >= stored {
      found = Array(buffer.dropFirst(offset - stored).prefix(Self.width))
    } else {
      found = [UInt8](repeating: 0, count: Self.width)
      guard let number = file?.rawValue, pread(number, &found, Self.width, off_t(offset)) == Self.width else {
        throw SystemError.last("read", "digests of files")
      }
    }
    return found.allSatisfy { $0 == 0 } ? [] : found
  }
}

/// The digest of a file's content, holes included; none where holes are so large that nobody wants to wait for them.
struct ContentDigest {
  private let maximumHoles: UInt64
  private var digest = RunningDigest()
  private var holes: UInt64 = 0
  private(set) var hashedHoles: UInt64 = 0

  init(maximumHoles: UInt64) { self.maximumHoles = maximumHoles }

  mutating func update(_ bytes: UnsafeRawBufferPointer) { digest.update(bytes) }

  mutating func update(hole count: UInt64) {
    let (sum, overflow) = holes.addingReportingOverflow(count)
    holes = overflow ? .max : sum
    guard holes <= maximumHoles else { return }
    digest.update(zeros: count)
    hashedHoles = holes
  }

  func finish() -> [UInt8]? { holes <= maximumHoles ? digest.finish() : nil }
}
