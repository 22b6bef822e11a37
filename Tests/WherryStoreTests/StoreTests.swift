import Glibc
import Testing
import WherryLinux
import WherryModel

@testable import WherryStore

@Suite struct StoreTests {
  @Test func oneDaemonAtATime() throws {
    let scratch = try Scratch()
    do {
      let first = try scratch.open()
      let error = #expect(throws: WherryError.self) { try scratch.open() }
      #expect(error?.code == .conflict)
      #expect(error?.hint?.contains("--state") == true)
      withExtendedLifetime(first) {}
    }
    _ = try scratch.open()
  }

  @Test func nobodyElseSeesTheState() throws {
    let scratch = try Scratch()
    _ = try scratch.open()
    for folder in scratch.state.all {
      #expect(try Files.status(folder).permissions == 0o700, "\(folder)")
    }
    // Made by someone with a generous hand, before or since.
    try FileDescriptor.open(scratch.state.layers, [.directory]).changeMode(0o755)
    _ = try scratch.open()
    #expect(try Files.status(scratch.state.layers).permissions == 0o700)
  }

  @Test func anotherUserReachesNothingBelow() async throws {
    try #require(geteuid() == 0, "needs root")
    let scratch = try Scratch()
    try FileDescriptor.open(scratch.path, [.directory]).changeMode(0o755)
    let store = try scratch.open()
    try store.layers.commit(staged: try store.stage(), .sample("a"))
    let find = try await Spawn(
      "/usr/bin/setpriv",
      ["--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/find", scratch.state.path]
    ).output()
    #expect(find.outputText == scratch.state.path + "\n")
    #expect(!find.status.isSuccess)
  }

  @Test func leftOversOfHalfWrittenRecordsAreGoneAfterOpening() throws {
    let scratch = try Scratch()
    let id = ContainerID.random()
    try scratch.open().containers.create(id, [1])
    let state = scratch.state
    for folder in [state.blobs, state.imageNames, state.imageRecords, "\(state.containers)/\(id)"] {
      try Files.write(folder + "/.x.cbor.abc.tmp", [1])
    }
    try Files.write(state.containers + "/a-file", [1])
    _ = try scratch.open()
    for folder in [state.blobs, state.imageNames, state.imageRecords, "\(state.containers)/\(id)"] {
      #expect(try !Files.list(folder).contains { $0.hasSuffix(".tmp") }, "\(folder)")
    }
  }

  @Test func aReadOnlyDiskIsOpenedAndRead() throws {
    try #require(geteuid() == 0, "needs root")
    let scratch = try Scratch()
    do {
      let store = try scratch.open()
      try store.images.setName(ImageName(reference: "a", image: .of("i"), digest: .of("d")))
      try store.containers.create(.random(), [1])
    }
    try Mount.mount(scratch.state.path, on: scratch.state.path, flags: [.bind])
    try Mount.mount(scratch.state.path, on: scratch.state.path, flags: [.bind, .remount, .readOnly])
    let store = try scratch.open()
    #expect(try store.images.allNames().count == 1)
    #expect(try store.containers.load { (_, payload) in payload }.count == 1)
    #expect(throws: WherryError.self) { try store.containers.create(.random(), [1]) }
    #expect(throws: WherryError.self) { try scratch.open() }
  }

  @Test func stagingIsSweptByNameAndAge() throws {
    let scratch = try Scratch()
    let store = try scratch.open()
    let kept = try store.staging.makeFolder("partial")
    let gone = try store.stage()
    let name = String(try #require(kept.split(separator: "/").last))
    try store.staging.sweep(olderThan: .seconds(3600))
    #expect(try Files.exists(gone))
    try store.staging.sweep(keeping: [name])
    #expect(try Files.list(scratch.state.staging) == [name])
  }

  @Test func aSweepGoesOnPastWhatCannotBeRemoved() throws {
    try #require(geteuid() == 0, "needs root")
    let scratch = try Scratch()
    let store = try scratch.open()
    try Files.makeDirectories(scratch.state.staging + "/a/mnt")
    try Files.makeDirectories(scratch.state.staging + "/b")
    try Mount.mount("tmpfs", on: scratch.state.staging + "/a/mnt", type: "tmpfs")
    #expect(throws: WherryError.self) { try store.staging.sweep() }
    #expect(try Files.list(scratch.state.staging) == ["a"])
  }
}
