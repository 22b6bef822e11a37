import Glibc
import Testing
import WherryLinux
import WherryModel
import WherryOCI

@testable import WherryImages

@Suite(.enabled(if: Scratch.isRoot, "needs root")) struct BombTests {
  private func unpack(
    _ blob: [UInt8], _ scratch: Scratch, _ change: (inout ExtractionLimits) -> Void = { _ in },
    formats: DecompressingSource.Formats = .layer
  ) throws -> LayerUnpacking.Outcome {
    var limits = ExtractionLimits()
    change(&limits)
    var unpacking = LayerUnpacking(limits: limits, what: "layer")
    unpacking.formats = formats
    return try unpacking.run(
      MemorySource(blob), descriptor: nil, diffID: nil, tree: scratch.tree, lowers: []
    ) { _ in }
  }

  private func compressed(_ program: String, _ bytes: [UInt8]) async throws -> [UInt8] {
    try await shell("\(program) -c", bytes)
  }

  private func refuses(_ code: WherryError.Code, _ body: () throws -> Void) {
    #expect { try body() } throws: { ($0 as? WherryError)?.code == code }
  }

  private let zeros = tar { $0.add(.file, "zeros", content: [UInt8](repeating: 0, count: 8 << 20)) }

  @Test(arguments: ["gzip", "zstd", "cat"]) func layersOfEachCompressionAreRead(_ program: String)
    async throws
  {
    let scratch = try Scratch()
    let archive = tar { $0.file("f", "content") }
    let blob = program == "cat" ? archive : try await compressed(program, archive)
    let outcome = try unpack(blob, scratch)
    #expect(try scratch.text("f") == "content")
    #expect(outcome.diffID == (try RegistryClient.digest(archive, as: .sha256)))
  }

  @Test(arguments: ["xz", "bzip2"]) func otherCompressionsAreForImportOnly(_ program: String) async throws {
    let blob = try await compressed(program, tar { $0.file("f", "content") })
    let scratch = try Scratch()
    refuses(.protocolViolation) { _ = try unpack(blob, scratch) }
    _ = try unpack(blob, scratch, formats: .all)
    #expect(try scratch.text("f") == "content")
  }

  @Test func nestedCompressionIsRefused() async throws {
    let blob = try await compressed("gzip", try await compressed("gzip", tar { $0.file("f", "x") }))
    let scratch = try Scratch()
    refuses(.protocolViolation) { _ = try unpack(blob, scratch) }
  }

  @Test(arguments: ["gzip", "zstd"]) func ratioIsBounded(_ program: String) async throws {
    let blob = try await compressed(program, zeros)
    let scratch = try Scratch()
    refuses(.resourceExhausted) {
      _ = try unpack(blob, scratch) {
        $0.ratio = 100
        $0.ratioFloor = 1 << 20
      }
    }
  }

  @Test func archiveSizeIsBoundedAtItsLimit() throws {
    let scratch = try Scratch()
    _ = try unpack(zeros, scratch) { $0.archiveBytes = UInt64(zeros.count) }
    refuses(.resourceExhausted) {
      _ = try unpack(zeros, try Scratch()) { $0.archiveBytes = UInt64(zeros.count) - 1 }
    }
  }

  @Test func endlessZstdFramesEndAtTheLimit() async throws {
    let frame = try await compressed("zstd", [UInt8](repeating: 0, count: 1 << 20))
    let blob = [[UInt8]](repeating: frame, count: 200).flatMap(\.self)
    let scratch = try Scratch()
    // A tar of zeros has ended: the rest is drained, and counted.
    refuses(.resourceExhausted) { _ = try unpack(blob, scratch) { $0.archiveBytes = 64 << 20 } }
  }

  @Test func fileBytesAreBounded() throws {
    refuses(.resourceExhausted) { _ = try unpack(zeros, try Scratch()) { $0.fileBytes = (8 << 20) - 1 } }
    _ = try unpack(zeros, try Scratch()) { $0.fileBytes = 8 << 20 }
  }

  @Test func entriesAreBounded() throws {
    let many = tar { tar in for number in 0..<20 { tar.file("f\(number)") } }
    _ = try unpack(many, try Scratch()) { $0.entries = 20 }
    refuses(.resourceExhausted) { _ = try unpack(many, try Scratch()) { $0.entries = 19 } }
  }

  @Test func deepAndLongPathsAreRefused() throws {
    let deep = String(repeating: "d/", count: 2100) + "f"
    refuses(.resourceExhausted) { _ = try unpack(tar { $0.file(deep, "x") }, try Scratch()) }
    let long = String(repeating: "n", count: 256)
    refuses(.resourceExhausted) { _ = try unpack(tar { $0.file(long, "x") }, try Scratch()) }
    _ = try unpack(tar { $0.file(String(long.dropLast()), "x") }, try Scratch())
  }

  @Test func reserveIsLeftFree() throws {
    refuses(.noSpace) { _ = try unpack(zeros, try Scratch()) { $0.reservedBytes = .max } }
  }

  @Test func damageOfEveryKindNamesTheLayer() throws {
    let archive = tar { $0.file("f", "content") }
    let digest = try RegistryClient.digest(archive, as: .sha256)
    let other = try Digest("sha256:" + String(repeating: "a", count: 64))
    func run(_ bytes: [UInt8], _ digest: Digest, _ size: Int, _ diffID: Digest) throws {
      let scratch = try Scratch()
      _ = try LayerUnpacking(limits: .init(), what: "layer \(digest)").run(
        MemorySource(bytes),
        descriptor: Descriptor(mediaType: .layer, digest: digest, size: UInt64(size)), diffID: diffID,
        tree: scratch.tree, lowers: []
      ) { _ in }
    }
    try run(archive, digest, archive.count, digest)
    for (bytes, digest, size, diffID) in [
      (archive, other, archive.count, digest), (archive, digest, archive.count, other),
      (archive, digest, archive.count + 1, digest), (archive, digest, archive.count - 1, digest),
      (Array(archive.dropLast()), digest, archive.count, digest),
      (archive + [0], digest, archive.count, digest),
    ] as [([UInt8], Digest, Int, Digest)] {
      #expect { try run(bytes, digest, size, diffID) } throws: {
        ($0 as? WherryError)?.message.contains(digest.description) ?? false
      }
    }
  }

  @Test func everyTruncationEndsInAnError() async throws {
    let blob = try await compressed("gzip", tar { $0.file("f", "some content") })
    for length in 0..<blob.count where length != 0 {
      let scratch = try Scratch()
      do {
        let outcome = try unpack(Array(blob[..<length]), scratch)
        // What is cut off the trailer may pass here; the digest would not.
        #expect(outcome.archiveBytes <= 4096)
      } catch {
        #expect(error is WherryError)
      }
    }
  }

  /// Go's archive/tar corpus: each is extracted inside or refused; what must be refused is.
  @Test(.enabled(if: GoCorpus.isPresent, "needs Debian's golang-1.19-src"), arguments: GoCorpus.names)
  func goArchiveIsContained(_ name: String) throws {
    let scratch = try Scratch()
    let bytes = try Files.read("\(GoCorpus.folder)/\(name)", maximum: 64 << 20)
    do {
      _ = try unpack(bytes, scratch, { $0.fileBytes = 64 << 20 }, formats: .all)
      #expect(!GoCorpus.mustFail.contains(name))
    } catch {
      #expect(error is WherryError)
    }
    try scratch.checkCanary()
  }
}

enum GoCorpus {
  static let folder = "/usr/share/go-1.19/src/archive/tar/testdata"
  static let mustFail: Set<String> = [
    "neg-size.tar", "issue10968.tar", "issue12435.tar", "pax-bad-hdr-large.tar.bz2", "pax-nul-path.tar",
    "pax-nul-xattrs.tar",
  ]
  static var isPresent: Bool { access(folder, R_OK) == 0 }
  static var names: [String] {
    do { return try Files.list(folder).filter { $0.contains(".tar") }.sorted() } catch { return [] }
  }
}
