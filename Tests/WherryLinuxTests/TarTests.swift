import Glibc
import Testing
import WherryModel

@testable import WherryLinux

/// The writer's archives are what tar(1) reads; the parser takes tar's, and survives whatever else it is given.
@Suite struct TarTests {
  fileprivate static func events(_ bytes: [UInt8], step: Int) throws(TarError) -> [TarParser.Event] {
    var parser = TarParser()
    var events: [TarParser.Event] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      var piece = rest.prefix(step)
      rest = rest.dropFirst(step)
      while let event = try parser.next(&piece) { events.append(event) }
    }
    try parser.finish()
    return events
  }

  private static func archive(_ members: [(TarMember, [UInt8])]) -> [UInt8] {
    var bytes: [UInt8] = []
    for (member, content) in members {
      bytes += TarWriter.header(member) + content
      bytes += [UInt8](repeating: 0, count: TarWriter.padding(after: Int64(content.count)))
    }
    return bytes + TarWriter.end
  }

  private static var samples: [(TarMember, [UInt8])] {
    var file = TarMember(path: Array("a/file".utf8), kind: .regular, permissions: 0o4755)
    file.size = 3
    file.userID = 1000
    file.modified = FileTime(seconds: 1_700_000_000)
    file.attributes["security.capability"] = [1, 0, 10, 61]
    var long = TarMember(
      path: Array((String(repeating: "long/", count: 60) + "näme").utf8), kind: .symbolicLink,
      permissions: 0o777)
    long.target = Array(String(repeating: "t", count: 300).utf8)
    long.userID = 3_000_000_000
    long.modified = FileTime(seconds: -5)
    var device = TarMember(path: Array("null".utf8), kind: .characterDevice, permissions: 0o666)
    device.major = 1
    device.minor = 3
    var link = TarMember(path: Array("b".utf8), kind: .hardLink, permissions: 0o644)
    link.target = Array("a/file".utf8)
    return [
      (TarMember(path: Array("a/".utf8), kind: .directory, permissions: 0o755), []), (file, [1, 2, 3]),
      (long, []),
      (device, []), (link, []), (TarMember(path: Array("pipe".utf8), kind: .fifo, permissions: 0o600), []),
    ]
  }

  @Test(arguments: [1, 7, 511, 512, 4096, 1 << 20])
  func whatIsWrittenIsRead(step: Int) throws {
    let events = try Self.events(Self.archive(Self.samples), step: step)
    let members = events.compactMap { event -> TarMember? in
      if case .entry(let member) = event { member } else { nil }
    }
    #expect(members == Self.samples.map(\.0))
    let data = events.flatMap { event -> [UInt8] in
      if case .data(let bytes) = event { Array(bytes) } else { [] }
    }
    #expect(data == [1, 2, 3])
    #expect(events.last == .end)
  }

  @Test func everyTruncationIsNoticed() throws {
    let bytes = Self.archive(Self.samples)
    // The first empty block ends it.
    for count in 0..<(bytes.count - 512) {
      #expect(throws: TarError.self) { try Self.events(Array(bytes.prefix(count)), step: 1 << 20) }
    }
  }

  @Test func damagedBytesNeverTrap() {
    let bytes = Self.archive(Self.samples)
    var state: UInt64 = 0x9e37_79b9_7f4a_7c15
    func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
    for _ in 0..<4000 {
      var damaged = bytes
      for _ in 0...(next() % 4) {
        damaged[Int(next() % UInt64(damaged.count))] = UInt8(truncatingIfNeeded: next())
      }
      // With the checksum made right, so that what is behind it is reached.
      let start = Int(next() % UInt64(damaged.count / 512)) * 512
      var header = Array(damaged[start..<start + 512])
      header[Int(next() % 345)] = UInt8(truncatingIfNeeded: next())
      let sum = String(TarHeader.sums(header).unsigned, radix: 8)
      header.replaceSubrange(
        TarHeader.checksum, with: Array((String(repeating: "0", count: 6 - sum.count) + sum + "\u{0} ").utf8))
      damaged.replaceSubrange(start..<start + 512, with: header)
      do { _ = try Self.events(damaged, step: 600) } catch { continue }
    }
  }

  @Test func hostilePaxRecordsAreRefused() {
    for text in [
      "0 path=x\n", "5 a=b\n", "999999 path=x\n", "-5 path=x\n", "10 path=xx", "12 size=-1234\n",
      "x path=y\n",
      "99999999999999999999 a=b\n", "23 GNU.sparse.major=1\n\n", "6 abc\n",
    ] {
      var records = PaxRecords()
      #expect(throws: TarError.self, "\(text)") { try records.read(Array(text.utf8)) }
    }
  }

  @Test func numbersOfEitherKind() {
    func number(_ bytes: [UInt8]) -> Int64? { TarHeader.number(bytes, 0..<bytes.count) }
    #expect(number(Array("0000644\u{0}".utf8)) == 0o644)
    #expect(number(Array("   644 \u{0}".utf8)) == 0o644)
    #expect(number(Array("00x0644\u{0}".utf8)) == nil)
    #expect(number([0x80, 0, 0, 0, 0, 0, 1, 0]) == 256)
    #expect(number([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe]) == -2)
    #expect(number([0x80] + [UInt8](repeating: 0xff, count: 11)) == nil)
  }
}

/// Trees to archives and back, with what a hostile archive or folder could do.
@Suite struct TreeArchiveTests {
  private static let rules = ExtractionRules(owners: .own, keepsPrivileges: false, makesDevices: false)

  private static func folder(_ path: String) throws -> FileDescriptorBox {
    FileDescriptorBox(try FileDescriptor.open(path, [.directory]))
  }

  private static func extract(_ bytes: [UInt8], in path: String, _ rules: ExtractionRules = rules) throws {
    let extractor = TreeExtractor(into: try folder(path), rules: rules)
    do {
      for start in stride(from: 0, to: bytes.count, by: 1000) {
        try extractor.write(bytes[start..<min(start + 1000, bytes.count)])
      }
      try extractor.finish()
    } catch {
      extractor.abandon()
      throw error
    }
  }

  private static func file(_ path: String, _ content: String, kind: TarMember.Kind = .regular) -> [UInt8] {
    var member = TarMember(path: Array(path.utf8), kind: kind, permissions: 0o644)
    if kind == .regular {
      member.size = Int64(content.utf8.count)
    } else {
      member.target = Array(content.utf8)
    }
    guard kind == .regular else { return TarWriter.header(member) }
    return TarWriter.header(member) + Array(content.utf8)
      + [UInt8](repeating: 0, count: TarWriter.padding(after: member.size))
  }

  @Test func aTreeGoesRound() throws {
    let scratch = try Scratch()
    let (from, to) = (scratch.path + "/from", scratch.path + "/to")
    try Files.makeDirectories(from + "/deep/er")
    try Files.makeDirectories(to)
    try Files.write(from + "/deep/file", [UInt8](repeating: 7, count: 200_000), mode: 0o640)
    try Files.makeSymbolicLink(from + "/link", to: "nowhere")
    let archiver = TreeArchiver(.folder(try Self.folder(from), name: Array("top".utf8)))
    var bytes: [UInt8] = []
    while let piece = try archiver.next() { bytes += piece }
    var rules = Self.rules
    rules.top = Array("top".utf8)
    try Self.extract(bytes, in: to, rules)
    #expect(try Files.read(to + "/top/deep/file") == [UInt8](repeating: 7, count: 200_000))
    #expect(try Files.readLink(to + "/top/link") == "nowhere")
    #expect(try Files.list(to + "/top/deep") == ["er", "file"])
    // Under another name than what was asked for nothing is written.
    rules.top = Array("other".utf8)
    #expect(throws: WherryError.self) { try Self.extract(bytes, in: to, rules) }
    #expect(try Files.list(to) == ["top"])
  }

  @Test(.enabled(if: geteuid() == 0, "makes device nodes and trusted attributes"))
  func anUpperFolderBecomesALayer() throws {
    let scratch = try Scratch()
    let upper = scratch.path + "/upper"
    for folder in ["opaque", "mount", "full"] { try Files.makeDirectories("\(upper)/\(folder)") }
    try Files.write(upper + "/full/inside", [1])
    try Files.write(upper + "/hosts", [])
    let top = try FileDescriptor.open(upper, [.directory])
    try top.makeNode("gone", .characterDevice, mode: 0, major: 0, minor: 0)
    try FileDescriptor.open(upper + "/opaque", [.directory]).setExtendedAttribute(
      "trusted.overlay.opaque", Array("y".utf8))
    try top.changeOwner(of: "full", user: 5005, group: 7)
    let map = try #require(IDMap(first: 5000, count: 100))
    let placeholders = Set(["mount", "hosts", "full", "opaque"].map { Array($0.utf8) })
    let archiver = TreeArchiver(
      .contents(try Self.folder(upper)),
      rules: ArchiveRules(isLayer: true, placeholders: placeholders, owners: map))
    var bytes: [UInt8] = []
    while let piece = try archiver.next() { bytes += piece }
    var found: [String] = []
    for case .entry(let member) in try TarTests.events(bytes, step: 1 << 20) {
      found.append(member.path.pathText)
      if member.path == Array("full/".utf8) {
        #expect(member.userID == 5 && member.groupID == IDMap.overflow)
      }
    }
    #expect(found == ["full/", "full/inside", ".wh.gone", "opaque/", "opaque/.wh..wh..opq"])
    #expect(archiver.refusal == nil)
    // A name that would be read as a deleted file.
    try Files.write(upper + "/full/.wh.x", [])
    let second = TreeArchiver(.contents(try Self.folder(upper)), rules: ArchiveRules(isLayer: true))
    while try second.next() != nil {}
    #expect(second.refusal?.hasPrefix("/full/.wh.x:") == true)
  }

  @Test func usersAreMappedBothWays() throws {
    let map = try #require(IDMap(first: 1000, count: 10))
    #expect(try map.outside(0) == 1000 && map.outside(9) == 1009)
    #expect(throws: SystemError.self) { try map.outside(10) }
    #expect(map.inside(1000) == 0 && map.inside(1009) == 9)
    #expect(
      map.inside(999) == IDMap.overflow && map.inside(1010) == IDMap.overflow
        && map.inside(0) == IDMap.overflow)
    #expect(IDMap(first: 4_294_967_000, count: 1000) == nil)
    #expect(IDMap(first: 1, count: 0) == nil && IDMap(first: .max, count: 1) == nil)
  }

  @Test func aHostileArchiveStaysInside() throws {
    let scratch = try Scratch()
    let to = scratch.path + "/to"
    let canary = scratch.path + "/canary"
    try Files.makeDirectories(to)
    try Files.write(canary, Array("canary".utf8))
    let link = Self.file("link", "..", kind: .symbolicLink)
    let fileLink = Self.file("file", canary, kind: .symbolicLink)
    let folder = TarWriter.header(TarMember(path: Array("link".utf8), kind: .directory, permissions: 0o777))
    for bytes in [
      Self.file("../canary", "evil"), Self.file("a/../../canary", "evil"),
      link + Self.file("link/canary", "evil"),
      link + folder + Self.file("link/canary", "evil"), Self.file("hard", "../canary", kind: .hardLink),
      link + Self.file("hard", "link/canary", kind: .hardLink),
    ] {
      #expect(throws: WherryError.self) { try Self.extract(bytes + TarWriter.end, in: to) }
    }
    // These replace the link, or end in the folder.
    try Self.extract(fileLink + Self.file("file", "inner") + TarWriter.end, in: to)
    try Self.extract(Self.file("//canary", "inner") + TarWriter.end, in: to)
    try Self.extract(
      fileLink + Self.file("hard", "file", kind: .hardLink) + Self.file("hard", "x") + TarWriter.end, in: to)
    #expect(try Files.readText(canary) == "canary")
    #expect(try Files.readText(to + "/canary") == "inner")
    #expect(try Files.list(scratch.path) == ["canary", "to"])
    #expect(try Files.list(to).allSatisfy { !$0.hasPrefix(".wherry") })
  }

  @Test func aFolderIsNotReplacedByAFileNorAFileByAFolder() throws {
    let scratch = try Scratch()
    try Files.makeDirectories(scratch.path + "/folder")
    try Files.write(scratch.path + "/file", [1])
    let folder = TarWriter.header(TarMember(path: Array("file/".utf8), kind: .directory, permissions: 0o755))
    #expect(throws: WherryError.self) { try Self.extract(folder + TarWriter.end, in: scratch.path) }
    #expect(throws: WherryError.self) {
      try Self.extract(Self.file("folder", "x") + TarWriter.end, in: scratch.path)
    }
    #expect(throws: WherryError.self) {
      try Self.extract(Self.file("folder", "x", kind: .symbolicLink) + TarWriter.end, in: scratch.path)
    }
    #expect(try Files.list(scratch.path) == ["file", "folder"])
  }
}
