import Glibc
import Testing
import WherryLinux
import WherryModel

@testable import WherryStore

/// R2, R3: interrupted at any call, what was there is there, what is visible is whole, and a retry heals.
@Suite(
  .serialized, .enabled(if: geteuid() == 0 && access("/usr/bin/strace", X_OK) == 0, "needs root and strace"))
struct InterruptionTests {
  private let whole = "hello file,link,opaque /etc/passwd [121]"

  /// Plays `role` in a fresh state each time, struck at the first, the second… `call`, until it runs through.
  private func strike(
    _ role: String, at call: String, with blow: String, prepare: (Store, Scratch) throws -> Void,
    check: (Store, Scratch, Traced.End) throws -> Void
  ) async throws {
    var struck = 0
    for number in 1...100 {
      let scratch = try Scratch()
      do { try prepare(try scratch.open(), scratch) }
      let end = try await Traced.play(role, scratch, inject: "\(call):\(blow):when=\(number)")
      let log = try Files.readText(scratch("strace"), maximum: 64 << 20)
      let wasStruck = end == .killed || log.contains("INJECTED")
      let store = try scratch.open()
      try check(store, scratch, wasStruck ? .killed : .ranThrough)
      #expect(scratch.damage.isEmpty, "\(call) \(number)")
      if !wasStruck { break }
      struck += 1
    }
    #expect(struck > 0, "\(role) never calls \(call)")
  }

  @Test(
    arguments: ["write", "fsync", "syncfs", "renameat", "setxattr", "fchmod"],
    ["signal=KILL", "error=ENOSPC"])
  func aLayerIsAbsentOrWholeAndARetryHeals(call: String, blow: String) async throws {
    try await strike("commit", at: call, with: blow) { store, scratch in
      try Files.rename(try store.stage(), to: scratch.state.staging + "/pulled")
    } check: { store, scratch, end in
      let content = try store.layers.content(.of("a"))
      #expect(content == nil || content == whole)
      if end == .ranThrough { #expect(content == whole) }
      try store.staging.sweep()
      try store.layers.commit(
        staged: try store.stage(), .sample("a"), opaqueFolders: [Array("a/opaque".utf8)])
      #expect(try store.layers.content(.of("a")) == whole)
      #expect(try Files.list(scratch.state.staging).isEmpty)
    }
  }

  @Test(arguments: ["fsync", "renameat", "renameat2"], ["signal=KILL", "error=EIO"])
  func aLayerBeingReplacedIsNeverInStaging(call: String, blow: String) async throws {
    try await strike("replace", at: call, with: blow) { store, scratch in
      try store.layers.commit(staged: try store.stage("first"), .sample("a"))
      try Files.rename(try store.stage("second"), to: scratch.state.staging + "/pulled")
    } check: { store, scratch, end in
      // As a daemon that starts.
      try store.staging.sweep()
      var seen = [try Files.readText(store.layers.tree(.of("a")) + "/a/file")]
      #expect(try store.layers.contains(.of("a")))
      if end == .ranThrough { #expect(seen == ["second"]) }
      for aside in try Files.list(scratch.state.path + "/damaged") {
        seen.append(try Files.readText("\(scratch.state.path)/damaged/\(aside)/tree/a/file"))
      }
      #expect(seen.contains("first"), "\(seen)")
    }
  }

  @Test(arguments: ["renameat", "unlinkat", "fsync"], ["signal=KILL", "error=EIO"])
  func aLayerBeingRemovedIsWholeOrAbsent(call: String, blow: String) async throws {
    try await strike("remove-layer", at: call, with: blow) { store, _ in
      try store.layers.commit(
        staged: try store.stage(), .sample("a"), opaqueFolders: [Array("a/opaque".utf8)])
    } check: { store, scratch, end in
      let content = try store.layers.content(.of("a"))
      #expect(content == nil || content == whole)
      if end == .ranThrough { #expect(content == nil) }
      try store.layers.remove(.of("a"))
      try store.staging.sweep()
      #expect(try store.layers.allRecords().isEmpty)
      #expect(try Files.list(scratch.state.staging).isEmpty)
    }
  }

  @Test(arguments: ["mkdirat", "write", "fsync", "renameat"], ["signal=KILL", "error=ENOSPC"])
  func aContainerIsAbsentOrWhole(call: String, blow: String) async throws {
    try await strike("create", at: call, with: blow) { _, _ in
    } check: { store, scratch, end in
      let records = try store.containers.load { (_, payload) in payload }.map(\.record)
      #expect(records == [] || records == [Array("new".utf8)])
      if end == .ranThrough { #expect(records.count == 1) }
      let id = try ContainerID(StoreTracedRoles.id)
      if records.isEmpty { try store.containers.create(id, [1]) }
      #expect(try Files.exists(store.containers.work(id)))
    }
  }

  @Test(arguments: ["mkdirat", "write", "renameat", "unlinkat"], ["signal=KILL", "error=ENOSPC"])
  func aTransientContainerIsAbsentOrWhole(call: String, blow: String) async throws {
    try await strike("transient", at: call, with: blow) { _, _ in
    } check: { store, scratch, end in
      let records = try store.containers.load { (_, payload) in String(decoding: payload, as: UTF8.self) }
      #expect([[], ["new"], ["newer"]].contains(records.map(\.record)))
      #expect(scratch.damage.isEmpty)
      try store.containers.remove(try ContainerID(StoreTracedRoles.id))
      try store.staging.sweep()
      #expect(try Files.list(scratch.state.containers).isEmpty)
    }
  }

  @Test func aTransientContainerNeverWaitsForTheDisk() async throws {
    let scratch = try Scratch()
    _ = try scratch.open()
    #expect(try await Traced.play("transient", scratch, inject: "fsync:signal=KILL:when=1") == .ranThrough)
  }

  @Test(arguments: ["write", "fsync", "renameat"], ["signal=KILL", "error=ENOSPC"])
  func aRecordBeingUpdatedIsTheOldOrTheNewOne(call: String, blow: String) async throws {
    let id = try ContainerID(StoreTracedRoles.id)
    try await strike("update", at: call, with: blow) { store, _ in
      try store.containers.create(id, Array("old".utf8))
    } check: { store, scratch, end in
      let records = try store.containers.load { (_, payload) in String(decoding: payload, as: UTF8.self) }
      #expect(records.map(\.record) == ["new"] || (records.map(\.record) == ["old"] && end == .killed))
      #expect(try Files.list(store.containers.folder(id)) == ["record.cbor", "upper", "work"])
    }
  }

  @Test(arguments: ["renameat", "unlinkat", "fsync"], ["signal=KILL", "error=ENOSPC"])
  func aContainerBeingRemovedIsThereOrGone(call: String, blow: String) async throws {
    let id = try ContainerID(StoreTracedRoles.id)
    try await strike("remove", at: call, with: blow) { store, _ in
      try store.containers.create(id, Array("old".utf8))
      try Files.write(store.containers.upper(id) + "/data", [1])
    } check: { store, scratch, end in
      let records = try store.containers.load { (_, payload) in payload }
      #expect(records.isEmpty || end == .killed)
      try store.containers.remove(id)
      try store.staging.sweep()
      #expect(try Files.list(scratch.state.containers).isEmpty)
      #expect(try Files.list(scratch.state.staging).isEmpty)
    }
  }
}
