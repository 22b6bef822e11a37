import Glibc
import Synchronization
import Testing
import WherryCBOR
import WherryEngine
import WherryLinux
import WherryModel
import WherryOCI
import WherryStore
import WherryWire

@testable import WherryImages

/// Real workers, started as the daemon starts them.
@Suite(
  .enabled(if: FetchFixture.isPossible, "needs root and the wherry executable"), .timeLimit(.minutes(2)))
struct WorkerTests {
  static let base = tar {
    $0.folder("usr/bin")
    $0.file("usr/bin/sh", "shell", mode: 0o755)
    $0.link("bin", to: "usr/bin")
    $0.folder("etc")
    $0.file("etc/old", "old")
  }
  static let top = tar {
    $0.file("bin/app", "app", mode: 0o755)
    $0.folder("etc")
    $0.file("etc/.wh..wh..opq")
    $0.file("etc/new", "new")
  }

  // MARK: Against a real registry

  @Test(
    .enabled(if: LocalRegistry.isPresent, "needs docker-registry and python3"),
    arguments: ["--compression gzip", "--compression zstd", "--compression none --docker", "--index"])
  func imageIsPulled(_ options: String) async throws {
    let fixture = try FetchFixture()
    let registry = try await LocalRegistry("\(fixture.scratch.path)/lower")
    let digest = try await registry.push(
      "group/app", layers: [Self.base, Self.top], options + " --cmd '[\"app\"]'")
    let name = "127.0.0.1:\(registry.port)/group/app"
    let phases = Mutex<[PullPhase]>([])
    let image = try await fixture.pull(name) { progress in phases.withLock { $0.append(progress.phase) } }
    #expect(image.digest.description == digest)
    #expect(image.changed)
    try fixture.checkClean(layers: 2, images: 1)
    #expect(try fixture.text(image.id, 0, "bin/sh") == "shell")
    #expect(try fixture.text(image.id, 1, "usr/bin/app") == "app")
    let stored = try #require(try fixture.store.images.name("\(name):latest"))
    #expect(stored.image == image.id && stored.digest == image.digest)
    let configuration = try ImageConfiguration(json: try #require(try fixture.store.images.blob(image.id)))
    #expect(configuration.config.command == ["app"])
    #expect(configuration.layerIDs == (try fixture.store.images.record(image.id))?.layers)
    let etc = try FileDescriptor.open(
      "\(fixture.store.layers.tree(configuration.layerIDs[1]))/etc", [.directory])
    #expect(try etc.extendedAttribute("trusted.overlay.opaque") == Array("y".utf8))
    let seen = phases.withLock { $0 }
    #expect(seen.first == .resolving && seen.last == .complete && seen.contains(.downloading))

    // Again: nothing to do. By digest: another name of the same image.
    #expect(try await !fixture.pull(name).changed)
    #expect(try await fixture.pull("\(name)@\(digest)").id == image.id)
    #expect(try fixture.store.layers.allRecords().count == 2)
    #expect(
      try fixture.store.images.allNames().map(\.reference).sorted() == [
        "\(name):latest", "\(name)@\(digest)",
      ])
  }

  @Test(.enabled(if: LocalRegistry.isPresent, "needs docker-registry and python3"))
  func pullsThatShareLayersBringThemOnce() async throws {
    let fixture = try FetchFixture()
    let registry = try await LocalRegistry("\(fixture.scratch.path)/lower")
    try await registry.push("one", layers: [Self.base, Self.top])
    try await registry.push("two", layers: [Self.base, tar { $0.file("bin/other", "x") }])
    try await registry.push("three", layers: [Self.base])
    let fetcher = fixture.fetcher
    let brought = Tally()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for name in ["one", "two", "three"] {
        let reference = try Reference("127.0.0.1:\(registry.port)/\(name)")
        group.addTask {
          _ = try await fetcher.pull(reference, platform: FetchFixture.amd64, options: PullOptions()) {
            progress in
            guard progress.phase == .complete, let layer = progress.layer else { return }
            brought.add(layer)
          }
        }
      }
      try await group.waitForAll()
    }
    try fixture.checkClean(layers: 3, images: 3)
    #expect(brought.counts == [1, 1, 1])
    #expect(fixture.fetcher.lanes.count == 0)
  }

  /// What a container sees: the kernel's overlay of the layers as they were committed.
  @Test(.enabled(if: LocalRegistry.isPresent, "needs docker-registry and python3"))
  func overlayOfTheLayersShowsWhatTheImageMeant() async throws {
    let fixture = try FetchFixture()
    let registry = try await LocalRegistry("\(fixture.scratch.path)/lower")
    let third = tar {
      $0.file("etc/newest", "x")
      $0.file("usr/bin/.wh.sh")
      $0.hardLink("bin/app2", to: "bin/app")
    }
    try await registry.push("app", layers: [Self.base, Self.top, third])
    let image = try await fixture.pull("127.0.0.1:\(registry.port)/app")
    let layers = try #require(try fixture.store.images.record(image.id)).layers
    let lower = layers.reversed().map { fixture.store.layers.tree($0) }.joined(separator: ":")
    let merged = "\(fixture.scratch.path)/tree"
    // In a mount namespace of its own: nothing stays mounted, whatever happens.
    let listing = try await shell(
      "unshare -m sh -c 'mount -t overlay overlay -o lowerdir=\(lower) \(merged) && cd \(merged) && "
        + "find . ! -type d | sort && readlink bin && cat bin/app2'")
    #expect(
      String(decoding: listing, as: UTF8.self)
        == "./bin\n./etc/new\n./etc/newest\n./usr/bin/app\n./usr/bin/app2\nusr/bin\napp")
  }

  /// The name goes through the resolver, inside the confinement.
  @Test(.enabled(if: LocalRegistry.isPresent, "needs docker-registry and python3"))
  func registryByNameIsFound() async throws {
    let fixture = try FetchFixture()
    let registry = try await LocalRegistry("\(fixture.scratch.path)/lower")
    try await registry.push("app", layers: [Self.base])
    _ = try await fixture.pull("localhost:\(registry.port)/app")
    try fixture.checkClean(layers: 1, images: 1)
  }

  @Test(
    .enabled(
      if: LocalRegistry.isPresent && access("/usr/bin/openssl", X_OK) == 0,
      "needs docker-registry, python3 and openssl"))
  func registryWithTLSIsTrustedByItsAuthorityOnly() async throws {
    let fixture = try FetchFixture()
    let folder = "\(fixture.scratch.path)/lower"
    try Files.makeDirectories(folder)
    _ = try await shell(
      "cd \(folder) && openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out ca.pem -days 2 -subj /CN=test "
        + "-addext subjectAltName=IP:127.0.0.1 2>&1")
    let registry = try await LocalRegistry(
      folder, tls: ", tls: {certificate: \(folder)/ca.pem, key: \(folder)/key.pem}")
    try await registry.push("app", layers: [Self.base], "--tls --no-verify")
    let name = "127.0.0.1:\(registry.port)/app"
    let refused = await code { _ = try await fixture.pull(name) }
    #expect(refused == .failedPrecondition)
    try fixture.checkClean(layers: 0, images: 0)

    var trusting = fixture.fetcher
    trusting.settings.certificateAuthorityFile = "\(folder)/ca.pem"
    _ = try await trusting.pull(try Reference(name), platform: FetchFixture.amd64, options: PullOptions()) {
      _ in
    }
    try fixture.checkClean(layers: 1, images: 1)
  }

  // MARK: Failures

  @Test func layerThatIsNotWhatItShouldBeLeavesNothing() async throws {
    let fixture = try FetchFixture()
    let image = StubImage(diffID: "sha256:" + String(repeating: "a", count: 64))
    let stub = try await StubRegistry { image.reply($0) }
    #expect(await code { _ = try await fixture.pull("\(stub.domain)/library/x") } == .dataLoss)
    try fixture.checkClean(layers: 0, images: 0)
  }

  @Test func hostileLayerLeavesNothing() async throws {
    let fixture = try FetchFixture()
    let canary = fixture.scratch.canary
    let image = StubImage(
      layer: tar {
        $0.link("d", to: canary)
        $0.file("d/file", "evil")
        $0.hardLink("x", to: "\(canary)/file2")
      })
    let stub = try await StubRegistry { image.reply($0) }
    #expect(await code { _ = try await fixture.pull("\(stub.domain)/library/x") } == .notFound)
    try fixture.checkClean(layers: 0, images: 0)
  }
}

/// An archive as a client sends it.
struct Chunks: AsyncSequence, Sendable {
  var bytes: [UInt8]
  var failure: WherryError?

  init(_ bytes: [UInt8], failure: WherryError? = nil) {
    self.bytes = bytes
    self.failure = failure
  }

  struct AsyncIterator: AsyncIteratorProtocol {
    var rest: ArraySlice<UInt8>
    var failure: WherryError?

    mutating func next() async throws -> [UInt8]? {
      if rest.isEmpty, let failure { throw failure }
      guard !rest.isEmpty else { return nil }
      defer { rest = rest.dropFirst(10_000) }
      return Array(rest.prefix(10_000))
    }
  }

  func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: bytes[...], failure: failure) }
}

final class Tally: Sendable {
  private let state = Mutex<[String: Int]>([:])

  func add(_ key: String) { state.withLock { $0[key, default: 0] += 1 } }
  var counts: [Int] { state.withLock { $0.values.sorted() } }
}
