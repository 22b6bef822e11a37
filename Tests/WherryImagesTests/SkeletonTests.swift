import Testing
import WherryLinux
import WherryModel
import WherryStore

@testable import WherryImages

@Suite(.enabled(if: Scratch.isRoot, "needs root")) struct SkeletonTests {
  static let archives: [(String, [UInt8])] = [
    (
      "plain",
      tar {
        $0.folder("etc")
        $0.file("etc/a", "content")
        $0.file("etc/empty", "")
        $0.link("etc/link", to: "a")
        $0.hardLink("etc/hard", to: "etc/a")
        $0.add(.file, "etc/block", content: [UInt8](repeating: 7, count: 512))
        $0.file("etc/.wh.gone", "")
      }
    ),
    (
      "pax",
      tar {
        $0.add(.file, "short", content: Array("long".utf8)) {
          $0.pax = [
            ("path", Array("folder/\(String(repeating: "n", count: 200))".utf8)),
            ("mtime", Array("1.5".utf8)),
          ]
        }
        $0.add(.file, "z", content: Array("xx".utf8))
      }
    ),
    ("trailing bytes", tar { $0.file("a", "b") } + [UInt8](repeating: 0, count: 9000) + [1, 2, 3]),
    ("nothing in it", tar { _ in }),
  ]

  private func unpack(_ archive: [UInt8], _ scratch: Scratch) throws {
    _ = try LayerUnpacking(limits: ExtractionLimits(), what: "layer").run(
      MemorySource(archive), descriptor: nil, diffID: nil, tree: scratch.tree, lowers: []
    ) { _ in }
  }

  private func again(_ scratch: Scratch) throws -> [UInt8] {
    let size = try LayerArchive(folder: scratch.path, what: "layer").measure()
    let archive = try LayerArchive(folder: scratch.path, what: "layer")
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 777)
    while true {
      let count = try buffer.withUnsafeMutableBytes { try archive.read(into: $0) }
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    #expect(UInt64(bytes.count) == size)
    return bytes
  }

  @Test(arguments: archives.indices)
  func archiveIsMadeAgainByteForByte(_ index: Int) throws {
    let scratch = try Scratch()
    let (name, archive) = Self.archives[index]
    try unpack(archive, scratch)
    #expect(try again(scratch) == archive, "\(name)")
  }

  /// What GNU tar writes: long names, sparse files, devices, large numbers.
  @Test func archivesOfTarAreMadeAgain() async throws {
    let scratch = try Scratch()
    let source = "\(scratch.path)/source"
    let folder = String(repeating: "d", count: 120)
    try Files.makeDirectories("\(source)/\(folder)")
    let long = "\(folder)/\(String(repeating: "f", count: 150))"
    _ = try await shell(
      "cd \(source) && echo x > \(long) && ln -s x s && mkfifo p && ln p h"
        + " && truncate -s 5M holes && printf end >> holes && head -c 300000 /dev/urandom > random && chown 3000000:4 random"
    )
    for options in [
      "--format=gnu", "--format=gnu --sparse", "--format=pax --sparse", "--format=ustar --exclude='dd*'",
    ] {
      try Files.removeTree(scratch.tree)
      try Files.makeDirectories(scratch.tree)
      let archive = try await shell("tar -C \(source) \(options) -cf - . 2>/dev/null || true")
      try unpack(archive, scratch)
      #expect(try again(scratch) == archive, "\(options)")
    }
  }

  @Test func archiveThatOverwritesItselfHasNoSkeleton() throws {
    let scratch = try Scratch()
    try unpack(
      tar {
        $0.file("a", "first"); $0.file("a", "second")
      }, scratch)
    #expect(try !Files.exists("\(scratch.path)/\(LayerStore.skeleton)"))
    #expect(throws: WherryError.self) { try LayerArchive(folder: scratch.path, what: "layer") }
  }

  @Test func damagedTreeAndSkeletonAreErrors() throws {
    let scratch = try Scratch()
    try unpack(Self.archives[0].1, scratch)
    try Files.write("\(scratch.tree)/etc/a", Array("longer content".utf8))
    #expect(throws: WherryError.self) { try again(scratch) }
    try Files.unlink("\(scratch.tree)/etc/a")
    try Files.makeSymbolicLink("\(scratch.tree)/etc/a", to: "\(scratch.canary)/file")
    #expect(throws: WherryError.self) { try again(scratch) }
    let path = "\(scratch.path)/\(LayerStore.skeleton)"
    let bytes = try Files.read(path)
    for length in stride(from: 0, to: bytes.count, by: 7) {
      try Files.write(path, Array(bytes[..<length]))
      #expect(throws: (any Error).self) { try again(scratch) }
    }
  }
}
