import Glibc
import Testing
import WherryLinux
import WherryModel

@testable import WherryStore

struct LayerCheckTests {
  /// A layer's folder with a tree and its list.
  private func layer(_ scratch: Scratch) throws -> String {
    let folder = scratch("layer")
    let tree = folder + "/tree"
    try Files.makeDirectories(tree + "/etc/deep", mode: 0o755)
    try Files.makeDirectories(tree + "/empty", mode: 0o755)
    for name in ["etc/passwd", "etc/deep/one", "etc/deep/two", "zero"] {
      try Files.write("\(tree)/\(name)", Array("content of \(name)".utf8), mode: 0o644)
    }
    try Files.makeSymbolicLink("\(tree)/link", to: "etc/passwd")
    try list(folder)
    return folder
  }

  private func list(_ folder: String) throws {
    let writer = try FileList.Writer("\(folder)/\(FileList.fileName)")
    let lister = try TreeLister(folder + "/tree")
    while let item = try lister.next() {
      var content: [UInt8] = []
      if item.status.kind == .symbolicLink { content = try lister.readLink(item.path) }
      if item.status.kind == .regular {
        let bytes = try lister.open(item.path, []).readAll(maximum: 1 << 20)
        var digest = RunningDigest()
        bytes.withUnsafeBytes { digest.update($0) }
        content = digest.finish()
      }
      try writer.append(ListedFile(path: item.path, item.status, content: content))
    }
    try writer.finish()
  }

  private func check(_ folder: String, readsContent: Bool = true) throws -> [String] {
    let check = try LayerCheck(folder: folder, what: "layer x", readsContent: readsContent)
    var found: [String] = []
    while let findings = try check.step() { found += findings.map { "\($0.name) \($0.problem)" } }
    return found
  }

  @Test func aWholeTreeIsWhole() throws {
    let scratch = try Scratch()
    #expect(try check(try layer(scratch)) == [])
  }

  @Test func eachKindOfDamageIsFound() throws {
    let scratch = try Scratch()
    let folder = try layer(scratch)
    let tree = folder + "/tree"
    try Files.write(tree + "/zero", [])
    try Files.write(tree + "/etc/deep/one", Array("content of etc/deep/0ne".utf8))
    try FileDescriptor.open(tree + "/etc/deep/one").changeMode(0o644)
    try FileDescriptor.open(tree + "/etc/passwd").changeMode(0o4644)
    try Files.unlink(tree + "/etc/deep/two")
    try Files.unlink(tree + "/link")
    try Files.makeSymbolicLink(tree + "/link", to: "etc/shadow")
    try Files.removeDirectory(tree + "/empty")
    try Files.write(tree + "/empty", [])
    try Files.makeDirectories(tree + "/new/below")
    #expect(
      try check(folder) == [
        "/empty kind", "/etc/deep/one content", "/etc/deep/two missing",
        "/etc/passwd permissions(found: 2468)",
        "/link target", "/new extra", "/zero size(found: 0)",
      ])
    #expect(try check(folder, readsContent: false).contains("/etc/deep/one content") == false)
  }

  @Test func aFolderThatIsGoneIsMissingWithAllThatWasInIt() throws {
    let scratch = try Scratch()
    let folder = try layer(scratch)
    try Files.removeTree(folder + "/tree/etc")
    #expect(
      try check(folder) == [
        "/etc missing", "/etc/deep missing", "/etc/deep/one missing", "/etc/deep/two missing",
        "/etc/passwd missing",
      ])
  }

  @Test func aFolderInAFilesPlaceIsNotEntered() throws {
    let scratch = try Scratch()
    let folder = try layer(scratch)
    try Files.unlink(folder + "/tree/zero")
    try Files.makeDirectories(folder + "/tree/zero/one/two")
    #expect(try check(folder) == ["/zero kind"])
  }

  /// Another file system over it cannot be entered, as a folder that cannot be read.
  @Test(.enabled(if: geteuid() == 0, "needs root: mounts"))
  func aFolderThatCannotBeListedIsTheOneThatIsTold() throws {
    let scratch = try Scratch()
    let folder = try layer(scratch)
    try Mount.mount("tmpfs", on: folder + "/tree/etc/deep", type: "tmpfs", data: "mode=755")
    let check = try LayerCheck(folder: folder, what: "layer x", readsContent: true)
    var found: [FileFinding] = []
    while let findings = try check.step() { found += findings }
    #expect(found.map(\.name) == ["/etc/deep", "/etc/deep/one", "/etc/deep/two"])
    guard case .unreadable = try #require(found.first).problem else {
      Issue.record("\(found)")
      return
    }
    for finding in found { #expect(finding.listed?.path == finding.path) }
  }

  @Test func aLargeFileIsReadInSteps() throws {
    let scratch = try Scratch()
    let folder = try layer(scratch)
    try Files.write(folder + "/tree/large", [UInt8](repeating: 7, count: 20 << 20))
    let writer = try FileList.Writer("\(folder)/\(FileList.fileName)")
    let lister = try TreeLister(folder + "/tree")
    while let item = try lister.next() {
      var digest = RunningDigest()
      digest.update(zeros: 20 << 20)
      let content = item.status.kind == .symbolicLink ? try lister.readLink(item.path) : digest.finish()
      try writer.append(
        ListedFile(path: item.path, item.status, content: item.status.kind == .directory ? [] : content))
    }
    try writer.finish()
    let check = try LayerCheck(folder: folder, what: "layer x", readsContent: true)
    var steps = 0
    while try check.step() != nil { steps += 1 }
    #expect(steps >= 3)
    #expect(check.byteCount > 20 << 20)
  }

  @Test func recordsOfOlderWherrysAreRead() throws {
    let old = LayerRecord.sample("a")
    #expect(try LayerRecord(decoding: old.encode()) == old)
    var new = old
    new.files = .of("files")
    new.opaque = .of("opaque")
    #expect(try LayerRecord(decoding: new.encode()) == new)
  }

  @Test func replacingALayerKeepsTheOldOneAside() throws {
    let scratch = try Scratch()
    let store = try scratch.open()
    try store.layers.commit(staged: try store.stage("first"), .sample("a"))
    let old = try FileDescriptor.open(store.layers.tree(.of("a")), [.directory])
    let aside = try store.layers.replace(staged: try store.stage("second"), .sample("a"))
    #expect(try Files.readText(store.layers.tree(.of("a")) + "/a/file") == "second")
    #expect(try Files.readText(try #require(aside) + "/tree/a/file") == "first")
    // Who has the old one open goes on with it.
    #expect(try old.open("a/file").readAll(maximum: 10) == Array("first".utf8))
    #expect(try Files.list(scratch.state.staging).isEmpty)
    #expect(try store.layers.contains(.of("a")))
  }
}
