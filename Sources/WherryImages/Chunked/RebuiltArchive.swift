import WherryLinux
import WherryModel
import WherryStore

/// A layer's archive, made of its tar-split, of files that are here, and of chunks from the registry. Each file's digest
/// is checked when its last byte was read; the archive's own is up to the reader. Used by one thread.
final class RebuiltArchive: ByteSource {
  private let contents: ChunkedContents
  private let local: LocalContents
  private let items: TarSplitReader
  private let ranges: RangeReader
  private let packed: ZstdSource
  private let what: String
  private let onCount: (UInt64) throws -> Void

  private var literal: ArraySlice<UInt8> = []
  private var nextFile = 0
  private var file: Int?
  private var chunk = 0
  private var digest = RunningDigest()
  private var fileLeft: UInt64 = 0
  private var pieceLeft: UInt64 = 0
  private var piece: Piece = .none
  private var opened: (place: LocalContents.Place, file: FileDescriptorBox)?
  private var count: UInt64 = 0

  private enum Piece {
    case none
    case hole
    case local(OpenFileSource)
    case fetched(BoundedSource)
  }

  /// `tarSplit` has its unpacked lines; `ranges` what was asked for of the blob. `onCount` hears how many bytes of files
  /// were read.
  init(
    _ contents: ChunkedContents, _ local: LocalContents, tarSplit: any ByteSource, ranges: RangeReader,
    what: String, onCount: @escaping (UInt64) throws -> Void
  ) throws {
    self.contents = contents
    self.local = local
    items = TarSplitReader(tarSplit, what: what)
    self.ranges = ranges
    packed = try ZstdSource(MemorySource([]), what: "a chunk of \(what)")
    self.what = what
    self.onCount = onCount
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      if !literal.isEmpty {
        let part = literal.prefix(buffer.count)
        buffer.copyBytes(from: part)
        literal = literal.dropFirst(part.count)
        return part.count
      }
      if file != nil {
        let count = try readFile(buffer)
        if count > 0 { return count }
        continue
      }
      switch try items.next() {
      case nil:
        guard nextFile == contents.files.count else { throw damaged("its lists do not belong together") }
        return 0
      case .literal(let bytes)?: literal = bytes[...]
      case .content(let size)?: try begin(size)
      }
    }
  }

  private func begin(_ size: UInt64) throws {
    guard contents.files.indices.contains(nextFile), contents.files[nextFile].size == size else {
      throw damaged("its lists do not belong together")
    }
    file = nextFile
    chunk = contents.files[nextFile].chunks.lowerBound
    nextFile += 1
    digest = RunningDigest()
    (fileLeft, pieceLeft, piece) = (size, 0, .none)
  }

  /// Zero when the file is over.
  private func readFile(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    guard let file else { return 0 }
    if fileLeft == 0 {
      self.file = nil
      opened = nil
      guard ContentKey(digest.finish()) == contents.files[file].digest else {
        throw damaged("a file has another content than was announced")
      }
      return 0
    }
    if pieceLeft == 0 { try beginPiece(file) }
    let wanted = Int(clamping: min(pieceLeft, UInt64(clamping: buffer.count)))
    let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
    let count: Int
    switch piece {
    case .none: throw damaged("a file ends early")
    case .hole:
      part.initializeMemory(as: UInt8.self, repeating: 0)
      count = wanted
    case .local(let source): count = try reading { () throws(SystemError) in try source.read(into: part) }
    case .fetched: count = try packed.read(into: part)
    }
    guard count > 0 else { throw damaged("a file ends early") }
    digest.update(UnsafeRawBufferPointer(rebasing: part[..<count]))
    let read = UInt64(clamping: count)
    pieceLeft -= min(pieceLeft, read)
    fileLeft -= min(fileLeft, read)
    if pieceLeft == 0 { try endPiece() }
    self.count += read
    try onCount(self.count)
    return count
  }

  private func beginPiece(_ file: Int) throws {
    if let place = local.place(file: file) {
      pieceLeft = fileLeft
      piece = .local(try open(place))
      return
    }
    guard contents.files[file].chunks.contains(chunk) else { throw damaged("a file ends early") }
    let next = contents.chunks[chunk]
    pieceLeft = min(next.size, fileLeft)
    if next.isHole {
      piece = .hole
    } else if let place = local.place(chunk: chunk) {
      piece = .local(try open(place))
    } else {
      let source = try ranges.source(next.range)
      packed.restart(source)
      piece = .fetched(source)
    }
    chunk += 1
  }

  /// A chunk must be neither longer nor followed by something.
  private func endPiece() throws {
    guard case .fetched(let source) = piece else { return }
    let extra = try withUnsafeTemporaryAllocation(byteCount: 16, alignment: 16) { try packed.read(into: $0) }
    guard extra == 0, source.left == 0 else { throw damaged("a chunk is longer than was announced") }
    piece = .none
  }

  private func open(_ place: LocalContents.Place) throws -> OpenFileSource {
    if let opened, opened.place.layer == place.layer, opened.place.path == place.path {
      return OpenFileSource(opened.file, from: place.offset)
    }
    let file = try reading { () throws(SystemError) in
      try LocalTree(local.trees[place.layer]).open(place.path)
    }
    opened = (place, file)
    return OpenFileSource(file, from: place.offset)
  }

  /// A layer here may be damaged, or gone since its list was read.
  private func reading<Value>(_ body: () throws(SystemError) -> Value) throws(WherryError) -> Value {
    do throws(SystemError) { return try body() } catch {
      throw damaged("a file of another layer: \(error.reason)")
    }
  }

  private func damaged(_ how: String) -> WherryError {
    WherryError(.dataLoss, "\(what) cannot be made of its chunks: \(how)")
  }
}
