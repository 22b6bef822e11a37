import Glibc
import Testing
import WherryLinux
import WherryModel

@testable import WherryEngine
@testable import WherryStore

struct FileMendTests {
  /// A layer's tree, and nothing else of a layer.
  private struct Layer {
    let path: String
    let store: Store
    let record: LayerRecord
    var tree: String { store.layers.tree(record.id) }

    init() throws {
      path = "/tmp/wherry-mend-test.\(String(UInt64.random(in: .min ... .max), radix: 36))"
      store = try Store(state: StateDirectory(path)) { _ in }
      let id = Digest.sha256(of: "layer".utf8)
      record = LayerRecord(id: id, diffID: id, blob: id, size: 1, added: .now())
      try Files.makeDirectories(store.layers.tree(id) + "/etc", mode: 0o755)
      try Files.write(store.layers.tree(id) + "/etc/passwd", Array("root".utf8))
    }

    func remove() throws { try Files.removeTree(path) }

    func listed(_ path: String, _ kind: FileStatus.Kind = .regular) -> ListedFile {
      ListedFile(
        path: Array(path.utf8), kind: kind, permissions: kind == .regular ? 0o644 : 0o755, userID: geteuid(),
        groupID: getegid(), size: 0, content: [])
    }
  }

  private func isOpen(_ result: FileMend.Result) -> Bool {
    if case .open = result { true } else { false }
  }

  @Test func whatIsNotKnownToBeWrongStays() throws {
    let layer = try Layer()
    let unreadable = FileFinding.Problem.unreadable("input/output error")
    let findings = [
      // Nobody knows what belongs there.
      FileFinding(path: Array("etc/passwd".utf8), problem: unreadable, listed: nil),
      // What is listed is another.
      FileFinding(path: Array("etc".utf8), problem: .kind, listed: layer.listed("usr", .directory)),
      FileFinding(path: Array("etc/passwd".utf8), problem: .kind, listed: layer.listed("etc/group")),
    ]
    var mend = FileMend(store: layer.store, record: layer.record, findings: findings)
    #expect(!mend.isPossible)
    try mend.fixInPlace(isMounted: false)
    #expect(mend.results.allSatisfy(isOpen))
    #expect(try Files.readText(layer.tree + "/etc/passwd") == "root")
    #expect(try Files.list(layer.path + "/damaged").isEmpty)
    let folder = FileFinding(
      path: Array("etc".utf8), problem: unreadable, listed: layer.listed("etc", .directory))
    #expect(!FileMend(store: layer.store, record: layer.record, findings: [folder]).isPossible)
    try layer.remove()
  }

  @Test func whatHasAnotherKindStaysUntilItsFileHasCome() throws {
    let layer = try Layer()
    let path = layer.tree + "/etc/passwd"
    try Files.unlink(path)
    try Files.makeSymbolicLink(path, to: "/dev/null")
    var listed = layer.listed("etc/passwd")
    listed.size = 4
    var digest = RunningDigest()
    Array("root".utf8).withUnsafeBytes { digest.update($0) }
    listed.content = digest.finish()
    let finding = FileFinding(path: listed.path, problem: .kind, listed: listed)
    var mend = FileMend(store: layer.store, record: layer.record, findings: [finding])
    try mend.fixInPlace(isMounted: false)
    #expect(mend.wanted == [listed.path])
    #expect(try Files.readLink(path) == "/dev/null")
    // What came is not right: nothing gives way.
    let staged = layer.path + "/staging/new/tree"
    try Files.makeDirectories(staged + "/etc", mode: 0o755)
    try Files.write(staged + "/etc/passwd", Array("toor".utf8), mode: 0o644)
    try mend.verify(staged)
    try mend.install(from: staged)
    #expect(try Files.readLink(path) == "/dev/null")
    try Files.write(staged + "/etc/passwd", Array("root".utf8), mode: 0o644)
    try mend.verify(staged)
    try mend.install(from: staged)
    #expect(try Files.readText(path) == "root")
    let aside = try Files.list(layer.path + "/damaged")
    #expect(aside.map { AsideOrigin($0) } == [.replaced(layer.record.id)])
    try layer.remove()
  }

  @Test func oneThatCannotBeMendedKeepsNoOtherFromIt() throws {
    let layer = try Layer()
    let findings = ["lost/link", "etc/link"].map { path in
      var listed = layer.listed(path, .symbolicLink)
      listed.content = Array("passwd".utf8)
      return FileFinding(path: listed.path, problem: .missing, listed: listed)
    }
    var mend = FileMend(store: layer.store, record: layer.record, findings: findings)
    try mend.fixInPlace(isMounted: false)
    let kinds = mend.results.map { result in
      switch result {
      case .open: "open"
      case .fixed: "fixed"
      case .failed(let error): error.message.contains("/lost/link") ? "failed" : error.message
      }
    }
    #expect(kinds == ["failed", "fixed"])
    #expect(try Files.readLink(layer.tree + "/etc/link") == "passwd")
    try layer.remove()
  }

  @Test func whatIsInTheWayStaysWhereNothingCanBeMadeInItsPlace() throws {
    let layer = try Layer()
    // The kernel makes no link with an empty target.
    let listed = layer.listed("etc/passwd", .symbolicLink)
    let finding = FileFinding(path: listed.path, problem: .kind, listed: listed)
    var mend = FileMend(store: layer.store, record: layer.record, findings: [finding])
    try mend.fixInPlace(isMounted: false)
    #expect(try Files.list(layer.tree + "/etc") == ["passwd"])
    #expect(try Files.readText(layer.tree + "/etc/passwd") == "root")
    #expect(try Files.list(layer.path + "/damaged").isEmpty)
    try layer.remove()
  }
}
