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

extension WorkerTests {
  /// CASES.md A19: interrupted in the second layer; the retry makes it whole.
  @Test func cancelledPullLeavesNothingVisibleAndARetryHeals() async throws {
    let fixture = try FetchFixture()
    let base = Self.base
    let big = tar { $0.add(.file, "bin/big", content: [UInt8](repeating: 5, count: 1 << 20)) }
    let (image, manifest) = Self.twoLayers(base, big)
    let isHonest = Mutex(false)
    let stub = try await StubRegistry { request in
      if request.target.contains("/manifests/") {
        return .answer(200, [("Content-Type", MediaType.manifest.rawValue)], manifest)
      }
      if request.target.hasSuffix(StubImage.digest(base)) { return .answer(200, [], base) }
      if request.target.hasSuffix(StubImage.digest(big)), !isHonest.withLock({ $0 }) {
        let head = Array("HTTP/1.1 200 X\r\nContent-Length: \(big.count)\r\n\r\n".utf8)
        return .raw(head + big[..<300_000])
      }
      return request.target.hasSuffix(StubImage.digest(big)) ? .answer(200, [], big) : .answer(200, [], image)
    }
    var fetcher = fixture.fetcher
    fetcher.registryLimits.idle = .seconds(30)
    let reached = AsyncStream<Void>.makeStream()
    let reference = try Reference("\(stub.domain)/library/x")
    let pull = Task { [fetcher] in
      defer { reached.continuation.finish() }
      return try await fetcher.pull(reference, platform: FetchFixture.amd64, options: PullOptions()) {
        progress in
        if progress.phase == .downloading, progress.layer == StubImage.digest(big) {
          reached.continuation.yield()
        }
      }
    }
    for await _ in reached.stream { break }
    pull.cancel()
    await #expect(throws: (any Error).self) { try await pull.value }
    #expect(try Files.list(fixture.store.state.staging) == [])
    #expect(try fixture.store.layers.allRecords().count == 1)
    #expect(try fixture.store.images.allRecords().isEmpty && fixture.store.images.allNames().isEmpty)

    isHonest.withLock { $0 = true }
    let healed = try await fixture.pull("\(stub.domain)/library/x")
    #expect(healed.changed)
    try fixture.checkClean(layers: 2, images: 1)
    #expect(try fixture.text(healed.id, 1, "usr/bin/big").utf8.count == 1 << 20)
  }

  static func twoLayers(_ first: [UInt8], _ second: [UInt8]) -> (configuration: [UInt8], manifest: [UInt8]) {
    let (a, b) = (StubImage.digest(first), StubImage.digest(second))
    let configuration = Array(
      "{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"\(a)\",\"\(b)\"]}}"
        .utf8)
    let manifest = Array(
      """
      {"schemaVersion":2,"config":{"mediaType":"\(MediaType.configuration)","digest":"\
      \(StubImage.digest(configuration))","size":\(configuration.count)},"layers":[{"mediaType":"\(MediaType.layer)",\
      "digest":"\(a)","size":\(first.count)},{"mediaType":"\(MediaType.layer)","digest":"\(b)","size":\(second.count)}]}
      """.utf8)
    return (configuration, manifest)
  }

  @Test(arguments: [
    "exit 3", "printf garbage", "printf '\\132\\177\\377\\377\\377'", "printf '\\103\\201\\002'",
    "printf '\\102\\201\\002'", "head -c 100000 /dev/zero", "kill -9 $$",
  ])
  func workerThatMisbehavesIsAnError(_ script: String) async throws {
    let fixture = try FetchFixture(executable: ["/bin/sh", "-c", script])
    let found = await code { _ = try await fixture.pull("127.0.0.1:1/x") }
    #expect(found == .internal || found == .protocolViolation)
    try fixture.checkClean(layers: 0, images: 0)
  }

  // MARK: Confinement

  @Test func workerIsConfinedBeforeItReadsAnything() async throws {
    let fixture = try FetchFixture()
    let staging = try fixture.store.staging.makeFolder("probe")
    defer { #expect(throws: Never.self) { try Files.removeTree(staging) } }
    let job = FetchJob(kind: .importing, staging: staging, layers: fixture.store.state.layers)
    let (ours, theirs) = try Pipe.socketPair()
    let session = try await WorkerSession.start(
      fixture.fetcher.executable, job, archive: theirs, pool: fixture.pool)
    guard case .started(let report) = try await session.next() else { throw CancellationError() }
    #expect(report.noNewPrivileges)
    #expect(report.capabilities & ~WorkerConfinement.keptBits == 0)
    #expect(report.landlock >= 2 || Landlock.version < 2)

    // From outside: what the kernel says of it.
    let status = try Files.readText("/proc/\(session.pid)/status")
    let lines = Dictionary(
      uniqueKeysWithValues: status.split(separator: "\n").map { line in
        let parts = line.split(separator: "\t", maxSplits: 1).map(String.init)
        return (parts[0], parts.count > 1 ? parts[1] : "")
      })
    #expect(lines["NoNewPrivs:"] == "1")
    for set in ["CapEff:", "CapPrm:", "CapBnd:"] {
      #expect(UInt64(lines[set] ?? "", radix: 16) == WorkerConfinement.keptBits, "\(set)")
    }
    #expect(UInt64(lines["CapInh:"] ?? "", radix: 16) == 0)

    // From inside: told to unpack outside of its staging folder, it cannot.
    guard case .resolved = try await session.next() else { throw CancellationError() }
    let outside = "\(fixture.scratch.path)/tree"
    try await session.send(.extract(layer: 0, tree: outside, lowers: []))
    let archive = tar { $0.file("escaped", "x") }
    try ours.file.write(archive)
    if report.landlock >= 2 {
      #expect(await code { _ = try await session.next() } == .permissionDenied)
      #expect(try Files.list(outside) == [])
    }
    await session.kill()
  }

  // MARK: Import

  @Test(arguments: ["cat", "gzip", "zstd", "xz", "bzip2"]) func archiveIsImported(_ program: String)
    async throws
  {
    let fixture = try FetchFixture()
    let blob = program == "cat" ? Self.base : try await shell("\(program) -c", Self.base)
    let configuration = ImageConfiguration(
      platform: FetchFixture.amd64, config: .init(command: ["sh"]), history: [.init(comment: "imported")])
    let image = try await fixture.fetcher.importArchive(Chunks(blob), over: nil, configuration: configuration)
    #expect(try Files.list(fixture.store.state.staging) == [])
    #expect(try fixture.text(image.id, 0, "usr/bin/sh") == "shell")
    let stored = try ImageConfiguration(json: try #require(try fixture.store.images.blob(image.id)))
    #expect(stored.config.command == ["sh"])
    #expect(stored.diffIDs.map(\.description) == [StubImage.digest(Self.base)])
    let manifest = try Manifest(json: try #require(try fixture.store.images.blob(image.digest)))
    #expect(manifest.layers.first?.size == UInt64(Self.base.count))
    #expect(manifest.configuration.digest == image.id)
    // Twice is the same image.
    #expect(
      try await fixture.fetcher.importArchive(Chunks(blob), over: nil, configuration: configuration).id
        == image.id)
    #expect(try fixture.store.layers.allRecords().count == 1)
  }

  @Test func brokenImportLeavesNothing() async throws {
    let fixture = try FetchFixture()
    let refused = await code {
      _ = try await fixture.fetcher.importArchive(
        Chunks([UInt8](repeating: 7, count: 4 << 20)), over: nil, configuration: ImageConfiguration())
    }
    #expect(refused == .protocolViolation)
    let broken = await code {
      _ = try await fixture.fetcher.importArchive(
        Chunks(Self.base, failure: WherryError(.cancelled, "client left")),
        over: nil, configuration: ImageConfiguration())
    }
    #expect(broken == .cancelled)
    try fixture.checkClean(layers: 0, images: 0)
  }
}
