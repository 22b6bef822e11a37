import WherryLinux
import WherryModel
import WherryStore

/// Finds in the layers that are here what a new layer's files consist of: files by the digests in the layers' lists, and
/// chunks of files that changed by splitting the files that had their names. The digests are believed for now; whoever
/// copies computes them again.
struct LocalContents {
  /// Where some bytes are.
  struct Place {
    var layer: Int
    var path: [UInt8]
    var offset: UInt64 = 0
  }

  private struct Candidate {
    var file: Int
    var layer: Int
  }

  /// Files with a new file's name that are looked at, and how many bytes of them in all.
  private static let candidatesEach = 4
  private static let maximumSplit: UInt64 = 1 << 30
  /// Paths are held for so many.
  private static let maximumPlaces = 50_000

  /// Trees of layers.
  private(set) var trees: [String] = []
  private var places: [Place] = []
  private var files: [Int: Int32] = [:]
  private var chunks: [Int: Int32] = [:]
  /// Where files and chunks of one digest begin among the sorted ones, of digests that were found: each is looked at once,
  /// however often the same content is here.
  private var foundFiles: Set<Int> = []
  private var foundChunks: Set<Int> = []
  /// How many candidates each file of several chunks has.
  private var offered: [Int: Int] = [:]

  func place(file: Int) -> Place? { files[file].map { places[Int($0)] } }
  func place(chunk: Int) -> Place? { chunks[chunk].map { places[Int($0)] } }
  func has(file: Int) -> Bool { files[file] != nil }
  func has(chunk: Int) -> Bool { chunks[chunk] != nil }

  /// Whether there is anything to find in `folder`, where the layers are.
  static func areThere(_ folder: String) throws(SystemError) -> Bool {
    for name in try Files.list(folder) where try Files.exists("\(folder)/\(name)/\(FileList.fileName)") {
      return true
    }
    return false
  }

  /// Reads the lists of all layers in `folder`. One that cannot be read counts as absent.
  init(_ contents: ChunkedContents, in folder: String) throws {
    let order = contents.files.indices.sorted { contents.files[$0].digest < contents.files[$1].digest }
    var candidates: [Candidate] = []
    for name in try Files.list(folder).sorted() {
      let list = "\(folder)/\(name)/\(FileList.fileName)"
      do {
        guard try Files.exists(list) else { continue }
        trees.append("\(folder)/\(name)/tree")
        try look(in: list, contents, order, &candidates)
      } catch let error as WherryError where error.code == .dataLoss {
        continue
      } catch let error as SystemError where error.isAbsent || error.isDamage {
        // Removed meanwhile, or another layer's trouble.
        continue
      }
    }
    try lookForChunks(contents, candidates)
  }

  private mutating func look(
    in list: String, _ contents: ChunkedContents, _ order: [Int], _ candidates: inout [Candidate]
  ) throws {
    let reader = try FileList.Reader(list, what: "a layer")
    let layer = trees.count - 1
    while let listed = try reader.next() {
      guard listed.kind == .regular, listed.size > 0 else { continue }
      if let key = ContentKey(listed.content) {
        var position = Self.firstIndex(in: order) { contents.files[$0].digest < key }
        if position < order.count, contents.files[order[position]].digest == key,
          foundFiles.insert(position).inserted, let place = add(Place(layer: layer, path: listed.path))
        {
          while position < order.count, contents.files[order[position]].digest == key {
            if contents.files[order[position]].size == listed.size { files[order[position]] = place }
            position += 1
          }
        }
      }
      if let file = contents.splitFiles[listed.path], offered[file, default: 0] < Self.candidatesEach {
        offered[file, default: 0] += 1
        candidates.append(Candidate(file: file, layer: layer))
      }
    }
  }

  /// The first of `order` for which `precedes` does not hold.
  private static func firstIndex(in order: [Int], precedes: (Int) -> Bool) -> Int {
    var (low, high) = (0, order.count)
    while low < high {
      let middle = (low + high) / 2
      if precedes(order[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private mutating func add(_ place: Place) -> Int32? {
    guard places.count < Self.maximumPlaces else { return nil }
    places.append(place)
    return Int32(clamping: places.count - 1)
  }

  // MARK: - Chunks

  private mutating func lookForChunks(_ contents: ChunkedContents, _ candidates: [Candidate]) throws {
    let names = Dictionary(
      contents.splitFiles.map { ($0.value, $0.key) }, uniquingKeysWith: { one, _ in one })
    let wanted = candidates.filter { !has(file: $0.file) }
    let order = Set(wanted.map(\.file)).flatMap { Array(contents.files[$0].chunks) }
      .filter { !contents.chunks[$0].isHole }
      .sorted { contents.chunks[$0].digest < contents.chunks[$1].digest }
    var left = Self.maximumSplit
    for candidate in wanted {
      guard let path = names[candidate.file] else { continue }
      do {
        let tree = LocalTree(trees[candidate.layer])
        let file = try tree.open(path)
        let size = UInt64(clamping: try file.file.status().size)
        guard size <= left else { continue }
        left -= size
        try split(file, candidate.layer, path, contents, order)
      } catch let error as SystemError where error.isAbsent || error.isDamage {
        continue
      } catch is TooManyChunks {
        continue
      }
    }
  }

  /// Content that ends a chunk at every byte costs more than it saves.
  private struct TooManyChunks: Error {}

  private mutating func split(
    _ file: FileDescriptorBox, _ layer: Int, _ path: [UInt8], _ contents: ChunkedContents, _ order: [Int]
  ) throws {
    var splitter = ContentSplitter()
    var digest = RunningDigest()
    var (start, count): (UInt64, UInt64) = (0, 0)
    var seen = 0
    func take(_ part: ContentSplitter.Part) throws {
      switch part {
      case .data(let bytes):
        digest.update(bytes)
        count += UInt64(clamping: bytes.count)
      case .zeros(let zeros): count += zeros
      case .end:
        seen += 1
        guard seen <= ChunkedContents.maximumChunks else { throw TooManyChunks() }
        if let key = ContentKey(digest.finish()) {
          note(key, Place(layer: layer, path: path, offset: start), size: count, contents, order)
        }
        digest = RunningDigest()
        (start, count) = (start + count, 0)
      }
    }
    let source = OpenFileSource(file)
    try source.forEach { bytes in try splitter.take(bytes, take) }
    try splitter.finish(take)
  }

  private mutating func note(
    _ key: ContentKey, _ found: Place, size: UInt64, _ contents: ChunkedContents, _ order: [Int]
  ) {
    var position = Self.firstIndex(in: order) { contents.chunks[$0].digest < key }
    guard position < order.count, contents.chunks[order[position]].digest == key,
      foundChunks.insert(position).inserted, let place = add(found)
    else { return }
    while position < order.count, contents.chunks[order[position]].digest == key {
      if contents.chunks[order[position]].size == size { chunks[order[position]] = place }
      position += 1
    }
  }
}
