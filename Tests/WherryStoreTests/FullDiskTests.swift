import Glibc
import Testing
import WherryLinux
import WherryModel

@testable import WherryStore

/// R4: a full disk never corrupts state and never needs repair by hand.
@Suite(.serialized, .enabled(if: geteuid() == 0, "needs root: mounts"))
struct FullDiskTests {
  @Test(arguments: ["tmpfs", "ext4"])
  func aFullDiskRefusesOpensAndRemoves(kind: String) async throws {
    let scratch = try Scratch()
    try await scratch.mountState(kind, bytes: 16 << 20)
    let ids = (0..<20).map { _ in ContainerID.random() }
    do {
      let store = try scratch.open()
      for id in ids {
        try store.containers.create(id, [1])
        try Files.write(store.containers.upper(id) + "/data", [UInt8](repeating: 1, count: 5000))
      }
      for name in ["a", "b"] {
        try store.layers.commit(staged: try store.stage(), .sample(name))
        try store.images.putBlob(Array(name.utf8), .of(name))
        try store.images.setName(ImageName(reference: name, image: .of(name), digest: .of(name)))
        try store.images.put(
          ImageRecord(id: .of(name), manifest: .of(name), layers: [], added: Timestamp(nanoseconds: 1)))
      }
      try scratch.fill()

      // Everything that needs space says so, and changes nothing.
      let large = [UInt8](repeating: 7, count: 1 << 20)
      let refusals: [() throws -> Void] = [
        { try store.images.putBlob(large, .sha256(of: large)) },
        { try store.containers.create(.random(), large) },
        { try store.containers.update(ids[0], large) },
      ]
      for refusal in refusals {
        let error = #expect(throws: WherryError.self) { try refusal() }
        #expect(error?.code == .noSpace)
        #expect(error?.hint?.contains("free space") == true)
      }
    }

    // A daemon that starts now sees all there was.
    let store = try scratch.open()
    #expect(scratch.damage.isEmpty)
    #expect(try store.containers.load { (_, payload) in payload }.map(\.record) == ids.map { _ in [1] })
    #expect(try store.layers.allRecords().count == 2)
    #expect(try store.images.allNames().map(\.reference) == ["a", "b"])

    // And gets rid of it with no byte free.
    for id in ids { try store.containers.remove(id) }
    #expect(try store.images.removeName("a"))
    try store.images.removeRecord(.of("a"))
    try store.images.removeBlob(.of("a"))
    try store.layers.remove(.of("a"))
    try store.staging.sweep()
    #expect(try Files.list(scratch.state.containers).isEmpty)
    #expect(try Files.list(scratch.state.staging).isEmpty)
    #expect(try store.layers.allRecords().map(\.id) == [.of("b")])

    // What was freed can be used, without repair.
    try store.containers.create(ids[0], [2])
    #expect(try store.containers.load { (_, payload) in payload }.map(\.record) == [[2]])
    #expect(scratch.damage.isEmpty)
  }
}
