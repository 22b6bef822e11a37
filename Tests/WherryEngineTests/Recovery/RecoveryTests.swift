import Glibc
import Synchronization
import Testing
import WherryEngine
import WherryLinux
import WherryModel
import WherryStore
import WherryWire

/// R1, R2, C9, D14: what a daemon that was killed leaves is all the next one needs.
@Suite struct RecoveryTests {
  @Test func theNextDaemonKnowsEverything() async throws {
    let bench = try await Bench()
    let running = try await bench.start("running")
    _ = try await bench.create("created")
    let ended = try await bench.start("ended")
    _ = try await bench.start("stopped")
    try await bench.containers.stop("stopped")
    bench.supervisor.end(ended, code: 4)
    try await bench.restartDaemon()
    let states = Dictionary(
      uniqueKeysWithValues: try await bench.containers.list(all: true).map { ($0.record.name, $0.state) })
    #expect(states == ["running": .running, "created": .created, "ended": .exited, "stopped": .exited])
    #expect(try await bench.containers.inspect("ended").exit?.code == 4)
    #expect(bench.supervisor.launch(running) != nil)
    #expect(!bench.supervisor.calls.contains("signal"))
    for name in ["running", "created", "ended", "stopped"] {
      try await bench.containers.remove(name, force: true)
    }
    #expect(bench.containers.count == 0)
  }

  @Test func aBootBringsBackWhatShouldRunAndTidiesUpTheRest() async throws {
    let bench = try await Bench()
    func start(_ name: String, _ kind: RestartKind?, stopped: Bool = false) async throws {
      _ = try await bench.start(name) { $0.restart = kind.map { RestartPolicy(kind: $0) } }
      if stopped { try await bench.containers.stop(name) }
    }
    try await start("always", .always)
    try await start("always-stopped", .always, stopped: true)
    try await start("unless", .unlessStopped)
    try await start("unless-stopped", .unlessStopped, stopped: true)
    try await start("plain", nil)
    try await start("failing", .onFailure)
    _ = try await bench.create("never") { $0.restart = RestartPolicy(kind: .always) }
    _ = try await bench.start("gone") { $0.autoRemove = true }
    bench.supervisor.reboot()
    try await bench.restartDaemon()
    let restored = try await bench.containers.restore()
    #expect(restored.started == ["always", "always-stopped", "unless", "failing"])
    #expect(restored.failed.isEmpty)
    #expect(try await bench.containers.inspect("plain").exit?.code == 255)
    #expect(try await bench.containers.inspect("never").state == .created)
    #expect(await code { try await bench.containers.inspect("gone") } == .notFound)
    // A second call changes nothing.
    #expect(try await bench.containers.restore().started.isEmpty)
  }

  @Test func whatCannotBeRestoredIsNamedAndStopsNothing() async throws {
    let bench = try await Bench()
    for name in ["one", "two"] {
      _ = try await bench.start(name) { $0.restart = RestartPolicy(kind: .always) }
    }
    bench.supervisor.reboot()
    try await bench.restartDaemon()
    bench.supervisor.configure { $0.startFailure = WherryError(.internal, "broken") }
    let restored = try await bench.containers.restore()
    #expect(restored.failed.keys.sorted() == ["one", "two"])
    #expect(restored.failed["one"]?.contains("broken") == true)
    // Tried again at the next boot.
    bench.supervisor.configure { $0.startFailure = nil }
    try await bench.restartDaemon()
    #expect(try await bench.containers.restore().started == ["one", "two"])
  }

  @Test func aDamagedRecordLosesOneContainer() async throws {
    let bench = try await Bench()
    let bad = try await bench.create("bad")
    _ = try await bench.create("good")
    try Files.write(bench.store.containers.folder(bad) + "/record.cbor", [1, 2, 3])
    try await bench.restartDaemon()
    #expect(try await bench.containers.list(all: true).map(\.record.name) == ["good"])
    #expect(try !Files.list(bench.store.state.damaged).isEmpty)
  }

  @Test func aStopAtAFullDiskStops() async throws {
    // R4: a folder in the record's way stands for a disk that takes no byte.
    let bench = try await Bench()
    let plain = try await bench.start("plain")
    let policy = try await bench.start("policy") { $0.restart = RestartPolicy(kind: .unlessStopped) }
    for id in [plain, policy] {
      let path = bench.store.containers.folder(id) + "/record.cbor"
      _ = try Files.unlink(path)
      try Files.makeDirectories(path)
    }
    try await bench.containers.stop("plain")
    #expect(try await bench.containers.inspect("plain").state == .exited)
    // A boot would bring this one back: its caller must know.
    #expect(await code { try await bench.containers.stop("policy") } != nil)
    #expect(try await bench.containers.inspect("policy").state == .exited)
    try await bench.containers.remove("plain")
  }

  // MARK: Watchers

  /// Runs `body` beside the engine's own task.
  static func running(_ bench: Bench, _ body: () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      let engine = bench.engine
      group.addTask { await engine.run() }
      try await body()
      group.cancelAll()
    }
  }

  static func until(_ condition: () async throws -> Bool) async throws {
    while try await !condition() { await Task.yield() }
  }

  @Test func aWatcherRecordsEndsAndRemovesWhatRemovesItself() async throws {
    let bench = try await Bench(supervisor: FakeSupervisor(needsResidentDaemon: true))
    try await Self.running(bench) {
      let gone = try await bench.start("gone") { $0.autoRemove = true }
      let kept = try await bench.start("kept")
      try await Self.until {
        bench.supervisor.waiterCount(gone) > 0 && bench.supervisor.waiterCount(kept) > 0
      }
      bench.supervisor.end(gone, code: 0)
      bench.supervisor.end(kept, code: 9)
      try await Self.until { bench.containers.count == 1 && bench.roots.isEmpty }
      #expect(try await bench.containers.inspect("kept").exit?.code == 9)
    }
  }

  @Test func aWatcherRestartsAsThePolicySaysUntilStopped() async throws {
    let bench = try await Bench(supervisor: FakeSupervisor(needsResidentDaemon: true))
    try await Self.running(bench) {
      let id = try await bench.start { $0.restart = RestartPolicy(kind: .onFailure, maximumRetries: 2) }
      for round in 1...2 {
        try await Self.until { bench.supervisor.waiterCount(id) > 0 }
        bench.supervisor.end(id, code: 1)
        try await Self.until { try await bench.containers.inspect("web").restartCount == UInt64(round) }
      }
      try await Self.until { bench.supervisor.waiterCount(id) > 0 }
      bench.supervisor.end(id, code: 1)
      try await Self.until { try await bench.containers.inspect("web").state == .exited }
      #expect(bench.supervisor.calls.count { $0 == "start" } == 3)
    }
  }

  @Test func aDaemonThatComesBackWatchesWhatRuns() async throws {
    let bench = try await Bench(supervisor: FakeSupervisor(needsResidentDaemon: true))
    let id = try await bench.start { $0.autoRemove = true }
    try await bench.restartDaemon()
    try await Self.running(bench) {
      try await Self.until { bench.supervisor.waiterCount(id) > 0 }
      bench.supervisor.end(id, code: 0)
      try await Self.until { bench.containers.count == 0 }
    }
  }
}
