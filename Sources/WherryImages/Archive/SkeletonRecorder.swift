import Glibc
import WherryLinux
import WherryModel
import WherryStore

/// Keeps of a layer's archive what is not content of files, and where the content is: with the tree the archive can then
/// be made again, byte for byte (as tar-split does for Docker). `LayerArchive` reads it.
///
/// Items, packed with gzip: `0 LENGTH(4) BYTES`, or `1 SIZE(8) LENGTH(2) PATH` for the content of the file at PATH.
/// Archives that cannot be told apart so, such as one that overwrites its own file, have no skeleton.
final class SkeletonRecorder: ByteSource {
  /// In the layer's folder, beside the tree.
  static let fileName = LayerStore.skeleton
  /// Not yet written, waiting for the path of a file's content.
  private static let maximumWaiting = 4 << 20

  private enum Item {
    case literal([UInt8])
    case content(start: UInt64, size: UInt64, path: TreePath?)
  }

  private let inner: any ByteSource
  private let path: String
  private let file: FileDescriptor
  private var sink: CompressingSink?
  private var scanner = TarScanner()
  private var items: [Item] = []
  private var waiting = 0

  init(_ inner: any ByteSource, path: String) throws {
    self.inner = inner
    self.path = path
    file = try FileDescriptor.open(path, [.writeOnly, .create, .truncate, .noFollow], mode: 0o600)
    let number = file.rawValue
    var offset: Int64 = 0
    let sink = try CompressingSink(level: 1) { bytes in
      try LayerExtractor.write(number, bytes, at: offset)
      offset += Int64(bytes.count)
    }
    try sink.open()
    self.sink = sink
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let count = try inner.read(into: buffer)
    guard sink != nil, count > 0 else { return count }
    scanner.take(UnsafeRawBufferPointer(rebasing: buffer[..<count])) { part in
      switch part {
      case .literal(let bytes):
        waiting += bytes.count
        if case .literal(var last)? = items.last {
          items.removeLast()
          last.append(contentsOf: bytes)
          items.append(.literal(last))
        } else {
          items.append(.literal(Array(bytes)))
        }
      case .content(let start, let size): items.append(.content(start: start, size: size, path: nil))
      case .data, .entry: break
      }
    }
    if scanner.isLost { giveUp() }
    if waiting > 256 << 10 { try write() }
    if waiting > Self.maximumWaiting { giveUp() }
    return count
  }

  /// The content of the entry whose headers begin at `start` is in the file `path` of the tree.
  func placed(_ path: TreePath, start: UInt64) {
    for (index, item) in items.enumerated() {
      guard case .content(let begin, let size, nil) = item, begin == start else { continue }
      items[index] = .content(start: start, size: size, path: path)
      return
    }
  }

  /// The archive cannot be made again.
  func giveUp() {
    sink = nil
    items = []
    waiting = 0
  }

  /// After the archive's last byte. Leaves no file where there is no skeleton.
  func finish() throws {
    try write()
    guard let sink, items.isEmpty else {
      self.sink = nil
      try Files.unlink(path)
      return
    }
    try sink.finish()
    self.sink = nil
  }

  /// Writes what is known.
  private func write() throws {
    guard let sink else { return }
    var done = 0
    loop: for item in items {
      switch item {
      case .literal(let bytes):
        try put(sink, [0] + Self.number(UInt64(bytes.count), 4))
        try put(sink, bytes)
        waiting -= bytes.count
      case .content(_, let size, let path?):
        try put(sink, [1] + Self.number(size, 8) + Self.number(UInt64(path.bytes.count), 2) + path.bytes)
      case .content: break loop
      }
      done += 1
    }
    items.removeFirst(done)
  }

  private func put(_ sink: CompressingSink, _ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try sink.write($0) }
  }

  private static func number(_ value: UInt64, _ width: Int) -> [UInt8] {
    (0..<width).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
  }
}
