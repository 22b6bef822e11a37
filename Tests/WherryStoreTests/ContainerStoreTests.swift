import Glibc
import Testing
import WherryLinux
import WherryModel

@testable import WherryStore

@Suite struct ContainerStoreTests {
  private func load(_ store: Store) throws -> [ContainerID: [UInt8]] {
    let loaded = try store.containers.load { (_, payload) in payload }
    return Dictionary(uniqueKeysWithValues: loaded.map { ($0.id, $0.record) })
  }

  @Test func containersAreCreatedUpdatedLoadedAndRemoved() throws {
    let scratch = try Scratch()
    let id = ContainerID.random()
    do {
      let store = try scratch.open()
      try store.containers.create(id, [1])
      try store.containers.update(id, [2])
    }
    let store = try scratch.open()
    #expect(try load(store) == [id: [2]])
    #expect(try Files.status(store.containers.upper(id)).permissions == 0o755)
    #expect(try Files.list(scratch.state.staging).isEmpty)
    try store.containers.remove(id)
    try store.containers.remove(id)
    #expect(try load(store).isEmpty)
    #expect(scratch.damage.isEmpty)
  }

  @Test func whatAPowerCutLeavesOfATransientContainerGoesAway() throws {
    let scratch = try Scratch()
    let store = try scratch.open()
    let (whole, torn, empty) = (ContainerID.random(), ContainerID.random(), ContainerID.random())
    for id in [whole, torn, empty] { try store.containers.create(id, [1], isTransient: true) }
    try Files.write(store.containers.folder(torn) + "/record.cbor", [])
    try Files.unlink(store.containers.folder(empty) + "/record.cbor")
    try Files.write(store.containers.upper(torn) + "/data", [42])
    #expect(try store.containers.isTransient(whole))
    #expect(try load(store) == [whole: [1]])
    #expect(scratch.damage.isEmpty)
    #expect(try Files.list(scratch.state.containers) == [whole.rawValue])
    let lasting = ContainerID.random()
    try store.containers.create(lasting, [1])
    #expect(try !store.containers.isTransient(lasting))
  }

  @Test func updatingAContainerThatIsGoneDoesNotBringItBack() throws {
    let scratch = try Scratch()
    let store = try scratch.open()
    let id = ContainerID.random()
    #expect(throws: WherryError.self) { try store.containers.update(id, [1]) }
    #expect(try load(store).isEmpty)
  }

  @Test func damageOfAnyKindCostsThatContainerOnly() throws {
    let scratch = try Scratch()
    let store = try scratch.open()
    let whole = ContainerID.random()
    try store.containers.create(whole, Array("whole".utf8))
    let payload = Array("payload".utf8)
    let encoded = RecordFile.encode(payload)
    var damaged: [ContainerID: [UInt8]?] = [:]
    damaged[.random()] = .some(nil)
    damaged[.random()] = .some([])
    for cut in stride(from: 0, to: encoded.count, by: 7) { damaged[.random()] = Array(encoded.prefix(cut)) }
    for flip in stride(from: 0, to: encoded.count, by: 5) {
      var bytes = encoded
      bytes[flip] ^= 0x10
      damaged[.random()] = bytes
    }
    for (id, bytes) in damaged {
      try store.containers.create(id, payload)
      let file = store.containers.folder(id) + "/record.cbor"
      if let bytes { try Files.write(file, bytes) } else { try Files.unlink(file) }
      try Files.write(store.containers.upper(id) + "/data", [42])
    }
    #expect(try load(store) == [whole: Array("whole".utf8)])
    #expect(scratch.damage.count == damaged.count)
    for damage in scratch.damage {
      #expect(damage.reason.code == .dataLoss)
      let kept = try #require(damage.movedTo)
      #expect(try Files.read(kept + "/upper/data") == [42], "what the container wrote is kept")
    }
    scratch.forgetDamage()
    #expect(try load(store).count == 1)
    #expect(scratch.damage.isEmpty, "named once")
  }

  @Test func whatTheEngineCannotReadIsSetAsideToo() throws {
    let scratch = try Scratch()
    let store = try scratch.open()
    try store.containers.create(.random(), [1])
    let loaded = try store.containers.load { (_, _) throws(WherryError) -> Int in
      throw WherryError(.dataLoss, "not a record of mine")
    }
    #expect(loaded.isEmpty)
    #expect(scratch.damage.count == 1)
  }

  @Test func aContainerOfANewerWherryStaysWhereItIs() throws {
    let scratch = try Scratch()
    let store = try scratch.open()
    let (old, new) = (ContainerID.random(), ContainerID.random())
    try store.containers.create(old, [1])
    try store.containers.create(new, [2])
    try Files.write(store.containers.folder(new) + "/record.cbor", RecordFile.encode([2], version: 2))
    #expect(try load(store) == [old: [1]])
    #expect(scratch.damage.map(\.reason.code) == [.unsupported])
    #expect(try Files.exists(store.containers.folder(new)))
  }

  /// D14: the daemon starts, keeps containers running, names what is damaged.
  @Test func aMountedRootGoesOnWhenItsDamagedRecordIsSetAside() throws {
    try #require(geteuid() == 0, "needs root")
    let scratch = try Scratch()
    try Files.makeDirectories(scratch("state"))
    try Mount.mount("tmpfs", on: scratch("state"), type: "tmpfs")
    let store = try scratch.open()
    let id = ContainerID.random()
    try store.containers.create(id, [1])
    try Files.makeDirectories(scratch("lower"))
    try Files.makeDirectories(scratch("root"))
    try Files.write(scratch("lower/file"), [1])
    try Mount.mount(
      "overlay", on: scratch("root"), type: "overlay",
      data:
        "lowerdir=\(scratch("lower")),upperdir=\(store.containers.upper(id)),workdir=\(store.containers.work(id))"
    )
    try Files.write(store.containers.folder(id) + "/record.cbor", [9])
    #expect(try load(store).isEmpty)
    try Files.write(scratch("root/file"), [2])
    try Files.write(scratch("root/new"), [3])
    let kept = try #require(scratch.damage.first?.movedTo)
    #expect(try Files.read(kept + "/upper/file") == [2])
    #expect(try Files.read(kept + "/upper/new") == [3])
  }

  @Test func removalFollowsNoLinkOfTheContainers() throws {
    let scratch = try Scratch()
    let store = try scratch.open()
    let id = ContainerID.random()
    try store.containers.create(id, [1])
    try Files.makeDirectories(scratch("canary"))
    try Files.write(scratch("canary/file"), [1])
    try Files.makeSymbolicLink(store.containers.upper(id) + "/link", to: scratch("canary"))
    try Files.removeTree(store.containers.work(id))
    try Files.makeSymbolicLink(store.containers.work(id), to: scratch("canary"))
    try store.containers.remove(id)
    #expect(try Files.read(scratch("canary/file")) == [1])
    #expect(try Files.list(scratch.state.containers).isEmpty)
  }
}
