import Glibc
import Testing
import WherryLinux
import WherryModel
import WherryStore

@testable import WherryRuntime

@Suite(.enabled(if: geteuid() == 0, "mounting needs root"), .serialized)
struct OverlayRootsTests {
  private struct Scratch: ~Copyable {
    let path: String

    init(long: Bool = false) throws {
      let random = String(UInt32.random(in: 0 ... .max), radix: 36)
      path = long ? "/tmp/wherry-roots-\(String(repeating: "x", count: 80))-\(random)" : "/tmp/w\(random)"
      try Files.makeDirectories(path)
    }

    deinit {
      do { _ = try Files.removeTree(path) } catch {}
    }
  }

  private func mount(_ count: Int, in scratch: borrowing Scratch, _ id: ContainerID) throws -> String {
    var layers: [String] = []
    for index in 0..<count {
      // Distinct in the first digits, as digests are.
      let digits = String(1000 + index) + String(repeating: "0", count: 60)
      let tree = "\(scratch.path)/layers/\(digits)/tree"
      try Files.makeDirectories(tree, mode: 0o755)
      try Files.write("\(tree)/f\(index)", Array("\(index)".utf8))
      try Files.write("\(tree)/top", Array("\(index)".utf8))
      layers.append(tree)
    }
    let (upper, work) = ("\(scratch.path)/upper", "\(scratch.path)/work")
    for path in [upper, work] { try Files.makeDirectories(path, mode: 0o755) }
    return try OverlayRoots(run: RunDirectory(scratch.path)).mount(
      id, layers: layers, upper: upper, work: work, owners: nil, isTransient: false)
  }

  @Test(arguments: [0, 1, 2, 60, 127]) func theHighestLayerWinsHoweverManyThereAre(count: Int) throws {
    let scratch = try Scratch()
    let id = ContainerID.random()
    let roots = OverlayRoots(run: RunDirectory(scratch.path))
    let root = try mount(count, in: scratch, id)
    #expect(root == roots.path(id))
    #expect(try Mount.isMounted(root))
    if count > 0 {
      #expect(try Files.readText(root + "/top") == "\(count - 1)")
      #expect(try Files.readText(root + "/f0") == "0")
    }
    try Files.write(root + "/new", [1])
    #expect(try Files.exists("\(scratch.path)/upper/new"))
    // A second call finds it there.
    #expect(
      try roots.mount(
        id, layers: ["/nowhere"], upper: "/nowhere", work: "/nowhere", owners: nil, isTransient: false)
        == root)
    try roots.unmount(id)
    #expect(try !Mount.isMounted(root))
    try roots.unmount(id)
  }

  @Test func aTransientRootDoesNotWaitForTheDiskAndMountsAgain() throws {
    let scratch = try Scratch()
    let id = ContainerID.random()
    let roots = OverlayRoots(run: RunDirectory(scratch.path))
    _ = try mount(1, in: scratch, id)
    try roots.unmount(id)
    let (upper, work) = (scratch.path + "/upper", scratch.path + "/work")
    // As often as it likes, and whatever the last one was.
    for (turn, isTransient) in [true, true, false, true].enumerated() {
      if !isTransient { _ = try Files.removeTree(work + "/work/incompat") }
      let root = try roots.mount(
        id, layers: ["\(scratch.path)/layers/1000\(String(repeating: "0", count: 60))/tree"], upper: upper,
        work: work, owners: nil, isTransient: isTransient)
      let options = try Files.readText("/proc/self/mounts").split(separator: "\n").first { $0.contains(root) }
      #expect(options?.contains("volatile") == isTransient)
      try Files.write(root + "/\(turn)", [1])
      try roots.unmount(id)
      #expect(try Files.exists("\(upper)/\(turn)"))
    }
  }

  @Test func theRunDirectoryMayHaveALongPath() throws {
    let scratch = try Scratch(long: true)
    let id = ContainerID.random()
    let root = try mount(127, in: scratch, id)
    #expect(try Files.readText(root + "/top") == "126")
    #expect(try Files.readText(root + "/f0") == "0")
    try OverlayRoots(run: RunDirectory(scratch.path)).unmount(id)
  }

  @Test func aRootInUseIsLetGo() throws {
    let scratch = try Scratch()
    let id = ContainerID.random()
    let root = try mount(1, in: scratch, id)
    let held = try FileDescriptor.open(root + "/top")
    try OverlayRoots(run: RunDirectory(scratch.path)).unmount(id)
    #expect(try !Mount.isMounted(root))
    #expect(try held.readAll(maximum: 10) == Array("0".utf8))
  }
}
