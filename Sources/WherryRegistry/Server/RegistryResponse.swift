import WherryLinux
import WherryModel

/// What is sent back.
struct RegistryResponse: Sendable {
  enum Body: Sendable {
    case bytes([UInt8])
    case blob(BlobPart)
    case fetched(FetchedPart)
    /// What an answer without a body says its length would be.
    case omitted(UInt64)
  }

  var status: Int
  var headers: [RegistryHeader]
  var body: Body
  /// Taken until the answer is sent.
  var seat: Seat?

  init(_ status: Int, _ headers: [RegistryHeader] = [], _ body: Body = .bytes([])) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  init(_ problem: RegistryProblem) {
    status = problem.status
    headers = problem.headers + [RegistryHeader("Content-Type", "application/json")]
    body = .bytes(RegistryJSON.errors(problem))
  }

  var length: UInt64 {
    switch body {
    case .bytes(let bytes): UInt64(bytes.count)
    case .blob(let part): part.count
    case .fetched(let part): part.count
    case .omitted(let count): count
    }
  }
}

/// A part of an open blob.
struct BlobPart: Sendable {
  private final class Open: Sendable {
    let blob: OpenBlob

    init(_ blob: consuming OpenBlob) {
      self.blob = blob
    }
  }

  private let open: Open
  let start: UInt64
  let count: UInt64

  init(_ blob: consuming OpenBlob, start: UInt64, count: UInt64) {
    open = Open(blob)
    self.start = start
    self.count = count
  }

  private init(_ open: Open, start: UInt64, count: UInt64) {
    self.open = open
    self.start = start
    self.count = count
  }

  /// Another part of the same blob.
  func part(start: UInt64, count: UInt64) -> BlobPart { BlobPart(open, start: start, count: count) }

  /// At most `maximum` bytes behind the first `position` of the part; empty at its end. Blocks.
  func read(at position: UInt64, maximum: Int) throws(SystemError) -> [UInt8] {
    let wanted = min(UInt64(clamping: maximum), count - min(position, count))
    guard wanted > 0 else { return [] }
    return try open.blob.file.read(maximum: Int(clamping: wanted), at: Int64(clamping: start + position))
  }
}
