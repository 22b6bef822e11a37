import Glibc
import Testing
import WherryLinux
import WherryModel

@testable import WherryImages

@Suite(.enabled(if: Scratch.isRoot, "needs root")) struct WantedFilesTests {
  /// A damaged layer's own tree is the lower: its links lead where the archive means.
  @Test func onlyWantedFilesAreWritten() throws {
    let scratch = try Scratch()
    let archive = tar {
      $0.folder("usr")
      $0.folder("usr/bin")
      $0.link("bin", to: "usr/bin")
      $0.file("bin/one", "one", mode: 0o755)
      $0.file("bin/two", "two", mode: 0o4711)
      $0.file("usr/one", "other")
      $0.file("usr/.wh.gone")
      $0.file(".wh..wh..opq")
    }
    let damaged = try scratch.lower(0, archive)
    let wanted = try #require(TreePath(checking: Array("usr/bin/two".utf8)))
    try Files.write(damaged + "/usr/bin/two", [])
    let extractor = try LayerExtractor(
      tree: scratch.tree, lowers: [try LowerTree(path: damaged)], limits: ExtractionLimits())
    extractor.wanted = WantedFiles([wanted])
    _ = try extractor.extract(try TarReader(MemorySource(archive), what: "layer"))
    #expect(try scratch.text("usr/bin/two") == "two")
    #expect(try scratch.status("usr/bin/two").permissions == 0o4711)
    #expect(try Files.list(scratch.tree) == ["usr"])
    #expect(try Files.list(scratch.tree + "/usr/bin") == ["two"])
  }
}
