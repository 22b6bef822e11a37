import WherryCBOR
import WherryModel

/// What a worker is started for: the first message it reads.
struct FetchJob: Sendable, Equatable {
  enum Kind: UInt64, Sendable {
    case pull = 0
    case importing = 1
    case push = 2
    case save = 3
    case load = 4
    case login = 5
    /// One layer of an image whose documents the daemon has.
    case refetch = 6
    /// Whether a registry is there.
    case probe = 9
    /// What refers to an image.
    case referrers = 20
    /// The tags of a repository.
    case tags = 10
    /// Repositories that match `reference`.
    case search = 11
  }

  /// A registry to ask, and for what.
  struct Place: Sendable, Equatable {
    /// `docker.io`, `registry.example:5000`.
    var domain: String
    var repository: String
    /// `user:password` in base64.
    var credential: String?
  }

  var kind: Kind
  /// Canonical; empty for import.
  var reference = ""
  var platform = ""
  /// The only folder the worker may write below.
  var staging: String
  /// Readable: the trees of layers that exist.
  var layers: String
  /// Where the reference may be found, best first.
  var places: [Place] = []
  var insecure: [String] = []
  var certificateAuthority: String?
  var certificateFolders: [String] = []
  var proxies = ProxySettings()
  /// Bytes a second; zero for no limit.
  var rateLimit: UInt64 = 0
  var concurrentDownloads = 3
  /// Layers are pushed as zstd:chunked.
  var isChunked = false
  var registry = RegistryLimits()
  var extraction = ExtractionLimits()
  /// Without it nothing is pulled; nil where the policy takes every image.
  var signature: SignatureRequirement?
  /// Of the referrers that are asked for; empty for all.
  var artifactType = ""

  var spool: String { "\(staging)/spool" }
}

extension FetchJob: CBORCodable {
  private var texts: [String] {
    [
      reference, platform, staging, layers, certificateAuthority ?? "", proxies.http ?? "",
      proxies.https ?? "",
      proxies.none ?? "", artifactType,
    ]
  }

  private var numbers: [UInt64] {
    [
      rateLimit, UInt64(clamping: concurrentDownloads), Self.milliseconds(registry.idle),
      Self.milliseconds(registry.firstPause), Self.milliseconds(registry.patience),
      UInt64(clamping: registry.attempts), UInt64(clamping: registry.trickleBytes), extraction.archiveBytes,
      extraction.ratio, extraction.ratioFloor, extraction.fileBytes, UInt64(clamping: extraction.entries),
      extraction.reservedBytes, isChunked ? 1 : 0,
    ]
  }

  private static func milliseconds(_ duration: Duration) -> UInt64 {
    UInt64(clamping: duration.wholeNanoseconds / 1_000_000)
  }

  func encode(to writer: inout CBORWriter) {
    writer.writeArrayHeader(7)
    writer.writeUInt(kind.rawValue)
    Self.write(texts, &writer)
    Self.write(places.flatMap { [$0.domain, $0.repository, $0.credential ?? ""] }, &writer)
    Self.write(insecure, &writer)
    Self.write(certificateFolders, &writer)
    writer.writeArrayHeader(numbers.count)
    for number in numbers { writer.writeUInt(number) }
    Self.write(signature?.texts ?? [], &writer)
  }

  private static func write(_ texts: [String], _ writer: inout CBORWriter) {
    writer.writeArrayHeader(texts.count)
    for text in texts { writer.writeText(text) }
  }

  private static func read(_ reader: inout CBORReader) throws(CBORError) -> [String] {
    var texts: [String] = []
    for _ in 0..<(try reader.readArrayHeader()) { texts.append(try reader.readText()) }
    reader.endContainer()
    return texts
  }

  init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.readArrayHeader() == 7, let kind = Kind(rawValue: try reader.readUInt()) else {
      throw CBORError(.malformed, offset: reader.offset)
    }
    let texts = try Self.read(&reader)
    let places = try Self.read(&reader)
    let insecure = try Self.read(&reader)
    let folders = try Self.read(&reader)
    var numbers: [UInt64] = []
    for _ in 0..<(try reader.readArrayHeader()) { numbers.append(try reader.readUInt()) }
    reader.endContainer()
    let signature = try Self.read(&reader)
    reader.endContainer()
    guard texts.count == 9, numbers.count == 14, places.count % 3 == 0 else {
      throw CBORError(.malformed, offset: reader.offset)
    }
    func optional(_ text: String) -> String? { text.isEmpty ? nil : text }
    self.init(kind: kind, reference: texts[0], platform: texts[1], staging: texts[2], layers: texts[3])
    certificateAuthority = optional(texts[4])
    proxies = ProxySettings(http: optional(texts[5]), https: optional(texts[6]), none: optional(texts[7]))
    self.places = stride(from: 0, to: places.count, by: 3).map {
      Place(domain: places[$0], repository: places[$0 + 1], credential: optional(places[$0 + 2]))
    }
    // A requirement that cannot be read must not become none.
    self.signature = signature.isEmpty ? nil : SignatureRequirement(texts: signature)
    guard signature.isEmpty || self.signature != nil else {
      throw CBORError(.malformed, offset: reader.offset)
    }
    artifactType = texts[8]
    self.insecure = insecure
    certificateFolders = folders
    rateLimit = numbers[0]
    concurrentDownloads = Int(clamping: numbers[1])
    registry.idle = .milliseconds(Int64(clamping: numbers[2]))
    registry.firstPause = .milliseconds(Int64(clamping: numbers[3]))
    registry.patience = .milliseconds(Int64(clamping: numbers[4]))
    registry.attempts = Int(clamping: numbers[5])
    registry.trickleBytes = Int(clamping: numbers[6])
    extraction.archiveBytes = numbers[7]
    extraction.ratio = max(1, numbers[8])
    extraction.ratioFloor = numbers[9]
    extraction.fileBytes = numbers[10]
    extraction.entries = Int(clamping: numbers[11])
    extraction.reservedBytes = numbers[12]
    isChunked = numbers[13] != 0
  }
}
