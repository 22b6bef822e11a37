import Testing
import WherryLinux
import WherryModel

@testable import WherryImages

/// The cases of containerd's TestBreakouts (archive/tar_test.go) and our own, with a canary outside.
@Suite(.enabled(if: Scratch.isRoot, "needs root")) struct BreakoutTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var lower: (@Sendable (inout TarBuilder) -> Void)?
    var layer: @Sendable (inout TarBuilder, Scratch) -> Void
    var check: @Sendable (Scratch) throws -> Void
    var testDescription: String { name }

    init(
      _ name: String, _ layer: @escaping @Sendable (inout TarBuilder, Scratch) -> Void,
      _ check: @escaping @Sendable (Scratch) throws -> Void
    ) {
      self.name = name
      self.layer = layer
      self.check = check
    }

    init(
      _ name: String, over lower: @escaping @Sendable (inout TarBuilder) -> Void,
      _ layer: @escaping @Sendable (inout TarBuilder, Scratch) -> Void,
      _ check: @escaping @Sendable (Scratch) throws -> Void
    ) {
      self.name = name
      self.lower = lower
      self.layer = layer
      self.check = check
    }
  }

  static func truth(_ value: Bool) { #expect(value) }

  static func same(_ first: String, _ second: String) -> @Sendable (Scratch) throws -> Void {
    { scratch in try truth(scratch.status(first).inode == scratch.status(second).inode) }
  }

  static let etc: @Sendable (inout TarBuilder) -> Void = { tar in
    tar.folder("etc", mode: 0o770)
    tar.file("/etc/passwd", "inside")
  }

  static let succeeding: [Case] = {
    var cases: [Case] = []
    cases.append(
      Case("SymlinkAbsolute") { tar, _ in
        tar.folder("etc")
        tar.link("localetc", to: "/etc")
        tar.file("/localetc/unbroken", "x")
      } _: {
        try truth($0.text("etc/unbroken") == "x")
      })
    cases.append(
      Case("SymlinkUpAndOut") { tar, _ in
        tar.folder("etc")
        tar.folder("dummy")
        tar.link("localetc", to: "/dummy/../etc")
        tar.file("/localetc/unbroken", "x")
      } _: {
        try truth($0.text("etc/unbroken") == "x")
      })
    cases.append(
      Case("SymlinkMultipleAbsolute") { tar, _ in
        tar.folder("etc")
        tar.folder("dummy")
        tar.link("/dummy/etc", to: "/etc")
        tar.link("localetc", to: "/dummy/etc")
        tar.file("/dummy/etc/unbroken", "x")
      } _: {
        try truth($0.text("etc/unbroken") == "x")
      })
    cases.append(
      Case("SymlinkMultipleRelative") { tar, _ in
        tar.folder("etc")
        tar.folder("dummy")
        tar.link("/dummy/etc", to: "/etc")
        tar.link("localetc", to: "./dummy/etc")
        tar.file("/localetc/unbroken", "x")
      } _: {
        try truth($0.text("etc/unbroken") == "x")
      })
    cases.append(
      Case("SymlinkEmptyFile") { tar, _ in
        tar.folder("etc")
        tar.file("etc/emptied", "notempty")
        tar.link("localetc", to: "/etc")
        tar.file("/localetc/emptied")
      } _: {
        try truth($0.text("etc/emptied").isEmpty)
      })
    cases.append(
      Case("HardlinkRelative") { tar, _ in
        etc(&tar)
        tar.folder("breakouts")
        tar.link("breakouts/d1", to: "../../etc")
        tar.hardLink("breakouts/mypasswd", to: "/breakouts/d1/passwd")
      } _: {
        try same("breakouts/mypasswd", "etc/passwd")($0)
      })
    cases.append(
      Case("HardlinkDownAndOut") { tar, _ in
        etc(&tar)
        tar.folder("breakouts")
        tar.folder("downandout")
        tar.link("breakouts/d1", to: "../downandout/../../etc")
        tar.hardLink("breakouts/mypasswd", to: "/breakouts/d1/passwd")
      } _: {
        try same("breakouts/mypasswd", "etc/passwd")($0)
      })
    cases.append(
      Case("HardlinkAbsolute") { tar, _ in
        etc(&tar)
        tar.link("localetc", to: "/etc")
        tar.hardLink("localpasswd", to: "/localetc/passwd")
      } _: {
        try same("localpasswd", "etc/passwd")($0)
      })
    cases.append(
      Case("HardlinkRelativeLong") { tar, _ in
        etc(&tar)
        tar.link("localetc", to: "../../../../../../../etc")
        tar.hardLink("localpasswd", to: "/localetc/passwd")
      } _: {
        try same("localpasswd", "etc/passwd")($0)
      })
    cases.append(
      Case("HardlinkRelativeUpAndOut") { tar, _ in
        etc(&tar)
        tar.link("localetc", to: "upandout/../../../etc")
        tar.hardLink("localpasswd", to: "/localetc/passwd")
      } _: {
        try same("localpasswd", "etc/passwd")($0)
      })
    cases.append(
      Case("HardlinkDirectRelative") { tar, _ in
        etc(&tar)
        tar.hardLink("localpasswd", to: "../../../../../etc/passwd")
      } _: {
        try same("localpasswd", "etc/passwd")($0)
      })
    cases.append(
      Case("HardlinkDirectAbsolute") { tar, _ in
        etc(&tar)
        tar.hardLink("localpasswd", to: "/etc/passwd")
      } _: {
        try same("localpasswd", "etc/passwd")($0)
      })
    cases.append(
      Case("HardlinkSymlinkBeforeCreateTarget") { tar, _ in
        tar.folder("etc")
        tar.link("localpasswd", to: "/etc/passwd")
        tar.hardLink("localpasswd-dup", to: "localpasswd")
        tar.file("/etc/passwd", "after")
      } _: { scratch in
        try truth(scratch.status("localpasswd-dup").kind == .symbolicLink)
        try same("localpasswd-dup", "localpasswd")(scratch)
      })
    cases.append(
      Case("HardlinkSymlinkRelative") { tar, _ in
        etc(&tar)
        tar.link("passwdlink", to: "../../../../../etc/passwd")
        tar.hardLink("localpasswd", to: "/passwdlink")
      } _: {
        try same("localpasswd", "passwdlink")($0)
      })
    cases.append(
      Case("SymlinkParentDirectory") { tar, _ in
        etc(&tar)
        tar.link("..", to: "/etc/")
        tar.hardLink("localpasswd", to: "/etc/passwd")
      } _: {
        try same("localpasswd", "etc/passwd")($0)
      })
    cases.append(
      Case("SymlinkEmptyFilename") { tar, _ in
        etc(&tar)
        tar.link("", to: "/etc/")
        tar.hardLink("localpasswd", to: "/etc/passwd")
      } _: {
        try same("localpasswd", "etc/passwd")($0)
      })
    cases.append(
      Case("SymlinkParentRelative") { tar, _ in
        etc(&tar)
        tar.link("localetc/sub/..", to: "/etc/")
        tar.hardLink("/localetc/localpasswd", to: "/etc/passwd")
      } _: {
        try same("etc/localpasswd", "etc/passwd")($0)
      })
    cases.append(
      Case("SymlinkSlashEnded") { tar, _ in
        etc(&tar)
        tar.folder("localetc/", mode: 0o770)
        tar.hardLink("/localetc/localpasswd", to: "/etc/passwd")
      } _: {
        try same("localetc/localpasswd", "etc/passwd")($0)
      })
    cases.append(
      Case("SymlinkOverrideDirectory") { tar in
        etc(&tar)
        tar.folder("localetc")
      } _: { tar, _ in
        tar.link("localetc", to: "/etc")
        tar.hardLink("/localetc/localpasswd", to: "/etc/passwd")
      } _: {
        try same("etc/localpasswd", "etc/passwd")($0)
      })
    cases.append(
      Case("SymlinkOverrideDirectoryRelative") { tar in
        etc(&tar)
        tar.folder("localetc")
      } _: { tar, _ in
        tar.link("localetc", to: "../../etc")
        tar.hardLink("/localetc/localpasswd", to: "/etc/passwd")
      } _: {
        try same("etc/localpasswd", "etc/passwd")($0)
      })
    cases.append(
      Case("DirectoryOverrideSymlink") { tar in
        etc(&tar)
        tar.link("localetc", to: "/etc")
      } _: { tar, _ in
        tar.folder("/localetc/")
        tar.hardLink("/localetc/localpasswd", to: "/etc/passwd")
      } _: { scratch in
        try truth(scratch.status("localetc").kind == .directory)
        try same("localetc/localpasswd", "etc/passwd")(scratch)
      })
    cases.append(
      Case("WhiteoutSymlink") { tar in
        etc(&tar)
        tar.link("localetc", to: "/etc")
      } _: { tar, _ in
        tar.file(".wh.localetc")
      } _: { scratch in
        try truth(scratch.isWhiteout("localetc"))
        try truth(!scratch.exists("etc/passwd"))
      })
    cases.append(
      Case("WhiteoutSymlinkPath") { tar in
        etc(&tar)
        tar.file("/etc/whitedout", "ahhhh whiteout")
        tar.link("localetc", to: "/etc")
      } _: { tar, _ in
        tar.file("localetc/.wh.whitedout")
      } _: { scratch in
        try truth(scratch.isWhiteout("etc/whitedout"))
        try truth(!scratch.exists("localetc"))
      })
    cases.append(
      Case("WhiteoutDirectoryName") {
        etc(&$0)
      } _: { tar, _ in
        tar.file(".wh.etc/somefile", "non-empty")
      } _: { scratch in
        try truth(scratch.text(".wh.etc/somefile") == "non-empty")
        try truth(!scratch.isWhiteout("etc"))
      })
    cases.append(
      Case("WhiteoutDeadSymlinkParent") { tar in
        etc(&tar)
        tar.link("localetc", to: "/dne")
      } _: { tar, _ in
        tar.file("localetc/.wh.etc")
      } _: {
        try truth(!$0.isWhiteout("etc"))
      })
    cases.append(
      Case("WhiteoutRelativePath") {
        etc(&$0)
      } _: { tar, _ in
        tar.file("dne/../.wh.etc")
      } _: {
        try truth($0.isWhiteout("etc"))
      })
    cases.append(
      Case("HardlinkSymlinkChmod") { tar, scratch in
        tar.link("outside", to: "\(scratch.canary)/file")
        tar.add(.hardLink, "sketchylink", link: "outside") { $0.mode = 0o777 }
      } _: {
        try same("outside", "sketchylink")($0)
      })
    // CASES.md A1, A2.
    cases.append(
      Case("names that climb end at the root") { tar, _ in
        tar.file("../../../climbed", "x")
        tar.file("/absolute", "x")
        tar.file("a/../../../deep/climbed", "x")
      } _: { scratch in
        try truth(scratch.text("climbed") == "x")
        try truth(scratch.text("absolute") == "x")
        try truth(scratch.text("deep/climbed") == "x")
      })
    cases.append(
      Case("a link to the host is followed inside") { tar, scratch in
        tar.link("d", to: scratch.canary)
        tar.file("d/file", "evil")
      } _: { scratch in
        try truth(scratch.text(String(scratch.canary.dropFirst()) + "/file") == "evil")
      })
    cases.append(
      Case("a link of a lower layer to the host is followed inside") { tar in
        tar.link("d", to: "/etc/canary")
      } _: { tar, _ in
        tar.file("d/f", "evil")
      } _: { scratch in
        try truth(scratch.text("etc/canary/f") == "evil")
        try truth(!scratch.exists("d"))
      })
    cases.append(
      Case("a link that climbs is followed inside") { tar, _ in
        tar.link("d", to: "../../..")
        tar.file("d/f", "x")
      } _: {
        try truth($0.text("f") == "x")
      })
    cases.append(
      Case("a link ending in a slash") { tar, scratch in
        tar.link("d", to: scratch.canary + "/")
        tar.file("d/file", "evil")
      } _: {
        try truth($0.exists("d"))
      })
    cases.append(
      Case("a file replaces a link and is not written through it") { tar, scratch in
        tar.link("f", to: scratch.canary + "/file")
        tar.file("f", "evil")
      } _: { scratch in
        try truth(scratch.status("f").kind == .regular)
        try truth(scratch.text("f") == "evil")
      })
    cases.append(
      Case("a folder entry does not change what a link leads to") { tar, scratch in
        tar.link("d", to: scratch.canary)
        tar.folder("d", mode: 0o777)
      } _: {
        try truth($0.status("d").kind == .directory)
      })
    return cases
  }()

  static let refused: [Case] = {
    var cases: [Case] = []
    cases.append(
      Case("WhiteoutRootParent") { tar, _ in
        tar.file(".wh...")
      } _: { _ in
      })
    cases.append(
      Case("WhiteoutParent") {
        etc(&$0)
      } _: { tar, _ in
        tar.file("etc/.wh...")
      } _: { _ in
      })
    cases.append(
      Case("WhiteoutRoot") { tar, _ in
        tar.file(".wh..")
      } _: { _ in
      })
    cases.append(
      Case("WhiteoutCurrentDirectory") {
        etc(&$0)
      } _: { tar, _ in
        tar.file("etc/.wh..")
      } _: { _ in
      })
    cases.append(
      Case("nameless whiteout") { tar, _ in
        tar.file(".wh.")
      } _: { _ in
      })
    cases.append(
      Case("whiteout as a folder") { tar, _ in
        tar.file(".wh.../x")
      } _: { _ in
      })
    cases.append(
      Case("empty link name") { tar, _ in
        tar.add(.symbolicLink, "x", link: "")
      } _: { _ in
      })
    cases.append(
      Case("hard link to nothing") { tar, _ in
        tar.hardLink("x", to: "nothing")
      } _: { _ in
      })
    cases.append(
      Case("hard link to the host") { tar, scratch in
        tar.hardLink("x", to: scratch.canary + "/file")
      } _: { _ in
      })
    cases.append(
      Case("hard link to a folder") { tar, _ in
        tar.folder("d")
        tar.hardLink("x", to: "d")
      } _: { _ in
      })
    cases.append(
      Case("links in a ring") { tar, _ in
        tar.link("a", to: "b")
        tar.link("b", to: "a")
        tar.file("a/f", "x")
      } _: { _ in
      })
    cases.append(
      Case("below a file") { tar, _ in
        tar.file("f", "x")
        tar.file("f/g", "x")
      } _: { _ in
      })
    cases.append(
      Case("links nested too deep") { tar, _ in
        tar.folder("l0")
        for number in 1...45 { tar.link("l\(number)", to: "l\(number - 1)") }
        tar.file("l45/f", "x")
      } _: { _ in
      })
    return cases
  }()

  @Test(arguments: succeeding) func succeedsInsideTheRoot(_ sample: Case) throws {
    let scratch = try Scratch()
    try run(sample, scratch)
    try sample.check(scratch)
    try scratch.checkCanary()
  }

  @Test(arguments: refused) func isRefused(_ sample: Case) throws {
    let scratch = try Scratch()
    #expect(throws: WherryError.self) { try run(sample, scratch) }
    try scratch.checkCanary()
  }

  private func run(_ sample: Case, _ scratch: Scratch) throws {
    var lowers: [String] = []
    if let lower = sample.lower { lowers.append(try scratch.lower(0, tar(lower))) }
    try scratch.extract(tar { sample.layer(&$0, scratch) }, over: lowers)
  }
}
