import Glibc
import WherryLinux
import WherryModel

/// A layer's archive, made again of its skeleton and its tree.
final class LayerArchive: ByteSource {
  private let skeleton: DecompressingSource
  private let tree: FileDescriptor
  private let what: String
  private var literal: [UInt8] = []
  private var used = 0
  private var content: FileDescriptorBox?
  private var contentLeft: UInt64 = 0
  private var contentPath = TreePath.root

  /// `folder` is the layer's. Throws `notFound` where it has no skeleton.
  init(folder: String, what: String) throws {
    self.what = what
    guard try Files.exists("\(folder)/\(SkeletonRecorder.fileName)") else {
      throw WherryError(
        .notFound, "\(what) was unpacked by a Wherry that did not keep its archive's headers",
        hint: "remove the image and pull or load it again")
    }
    tree = try FileDescriptor.open("\(folder)/tree", [.directory])
    let path = "\(folder)/\(SkeletonRecorder.fileName)"
    // Even that of an archive without a byte has gzip's own.
    guard let status = try Files.statusIfPresent(path), status.size > 0 else {
      throw Self.damaged(what, "its headers are empty")
    }
    skeleton = try DecompressingSource(try FileSource(path), what: "headers of \(what)")
  }

  /// Bytes of the whole archive, from the skeleton alone. `self` is used up.
  func measure() throws -> UInt64 {
    var total: UInt64 = 0
    while let item = try next() {
      let size: UInt64
      switch item {
      case .literal(let bytes): size = UInt64(bytes.count)
      case .content(let count, _): size = count
      }
      let (sum, overflow) = total.addingReportingOverflow(size)
      guard !overflow else { throw damaged("its sizes are impossible") }
      total = sum
    }
    return total
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      if used < literal.count {
        let part = literal[used...].prefix(buffer.count)
        buffer.copyBytes(from: part)
        used += part.count
        return part.count
      }
      if contentLeft > 0 { return try readContent(buffer) }
      content = nil
      switch try next() {
      case nil: return 0
      case .literal(let bytes)?: (literal, used) = (bytes, 0)
      case .content(let size, let path)?: try open(path, size)
      }
    }
  }

  private func open(_ path: TreePath, _ size: UInt64) throws {
    do {
      let opened = FileDescriptorBox(
        try tree.open(path.bytes, [.nonBlocking], resolve: LayeredRoot.plain))
      let status = try opened.file.status()
      guard status.kind == .regular, UInt64(clamping: status.size) == size else {
        throw damaged("\(RegistryFailure.plain(path.description)) has not \(size) bytes")
      }
      content = opened
    } catch let error as SystemError {
      throw damaged("\(RegistryFailure.plain(path.description)): \(error.reason)")
    }
    contentLeft = size
    contentPath = path
  }

  private func readContent(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    guard let number = content?.rawValue else { throw damaged("a file is gone") }
    while true {
      let count = Glibc.read(number, buffer.baseAddress, min(buffer.count, Int(clamping: contentLeft)))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw damaged("\(RegistryFailure.plain(contentPath.description)) ends early") }
      contentLeft -= UInt64(count)
      return count
    }
  }

  private enum Item {
    case literal([UInt8])
    case content(size: UInt64, path: TreePath)
  }

  private func next() throws -> Item? {
    guard let kind = try bytes(1, orEnd: true)?.first else { return nil }
    switch kind {
    case 0:
      let count = Self.number(try bytes(4) ?? [])
      guard count <= 8 << 20, let literal = try bytes(Int(count)) else {
        throw damaged("its headers are damaged")
      }
      return .literal(literal)
    case 1:
      let size = Self.number(try bytes(8) ?? [])
      let length = Int(Self.number(try bytes(2) ?? []))
      guard let path = TreePath(checking: try bytes(length) ?? []), !path.isRoot else {
        throw damaged("its headers are damaged")
      }
      return .content(size: size, path: path)
    default: throw damaged("its headers are damaged")
    }
  }

  private func bytes(_ count: Int, orEnd: Bool = false) throws -> [UInt8]? {
    var found = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = try found.withUnsafeMutableBytes {
        try skeleton.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[filled...]))
      }
      guard got > 0 else {
        if orEnd, filled == 0 { return nil }
        throw damaged("its headers end early")
      }
      filled += got
    }
    return found
  }

  private static func number(_ bytes: [UInt8]) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

  private func damaged(_ how: String) -> WherryError { Self.damaged(what, how) }

  private static func damaged(_ what: String, _ how: String) -> WherryError {
    WherryError(
      .dataLoss, "\(what) is damaged on disk: \(how)", hint: "remove the image and pull it again")
  }
}
