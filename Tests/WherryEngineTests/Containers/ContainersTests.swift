import Synchronization
import Testing
import WherryEngine
import WherryLinux
import WherryModel
import WherryOCI
import WherryStore
import WherryWire

@Suite struct ContainersTests {
  @Test func aContainerLives() async throws {
    let bench = try await Bench()
    let id = try await bench.create()
    #expect(try await bench.containers.inspect("web").state == .created)
    try await bench.containers.start("web")
    let up = try await bench.containers.inspect(id.short)
    #expect(up.state == .running && up.pid != nil)
    try await bench.containers.start("web")
    try await bench.containers.stop("web", timeout: .seconds(3), signal: "INT")
    let down = try await bench.containers.inspect("web")
    #expect(down.state == .exited && down.exit?.code == 143)
    #expect(bench.supervisor.calls == ["start", "stop 2 3", "cleanUp"])
    try await RecoveryTests.running(bench) { try await RecoveryTests.until { bench.roots.isEmpty } }
    try await bench.containers.stop("web")
    try await bench.containers.remove("web")
    #expect(await code { try await bench.containers.inspect("web") } == .notFound)
    #expect(try !Files.exists(bench.store.containers.folder(id)))
  }

  @Test func theLaunchCarriesWhatWasAsked() async throws {
    let bench = try await Bench()
    let id = try await bench.start {
      $0.resources = Resources(memory: 64 << 20, nanoCPUs: 500_000_000, pidsLimit: 10)
      $0.restart = RestartPolicy(kind: .onFailure, maximumRetries: 3)
      $0.stopSignal = "SIGINT"
      $0.stopTimeout = 4
      $0.environment = ["A=1"]
    }
    let launch = try #require(bench.supervisor.launch(id))
    #expect(launch.resources == ResourceLimits(memory: 64 << 20, nanoCPUs: 500_000_000, pids: 10))
    #expect(launch.restart == .onFailure(maximumRetries: 3))
    #expect(launch.stopSignal == 2 && launch.stopTimeout == .seconds(4))
    #expect(launch.runtime.hostname == id.short)
    #expect(launch.runtime.process.env.contains("A=1"))
    #expect(launch.runtime.annotations == nil)
    #expect(try Files.readText("\(bench.folder)/run/files/\(id)/hostname") == "\(id.short)\n")
  }

  @Test func namesAreTakenUntilTheirContainerGoes() async throws {
    let bench = try await Bench()
    _ = try await bench.create()
    #expect(await code { try await bench.create() } == .conflict)
    try await bench.containers.remove("web")
    _ = try await bench.create()
    let unnamed = try await bench.containers.create(ContainerSpec(image: "alpine"))
    #expect(try await bench.containers.inspect(unnamed.id.rawValue).record.name.contains("_"))
  }

  @Test func manyCreationsOfOneNameGiveOneContainer() async throws {
    let bench = try await Bench()
    let codes = await withTaskGroup(of: WherryError.Code?.self) { group in
      for _ in 0..<8 { group.addTask { await code { try await bench.create() } } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(codes.count { $0 == nil } == 1)
    #expect(codes.count { $0 == .conflict } == 7)
    #expect(bench.containers.count == 1)
  }

  @Test func aFailedStartIsUndoneAndSaysWhy() async throws {
    let bench = try await Bench()
    let id = try await bench.create()
    bench.supervisor.configure { $0.startFailure = WherryError(.commandNotFound, "no such file: sleep") }
    #expect(await code { try await bench.containers.start("web") } == .commandNotFound)
    let snapshot = try await bench.containers.inspect("web")
    #expect(snapshot.state == .created && snapshot.exit?.code == 127)
    #expect(bench.roots.isEmpty)
    try await bench.restartDaemon()
    #expect(try await bench.containers.inspect(id.short).exit?.error?.contains("no such file") == true)
    bench.supervisor.configure { $0.startFailure = nil }
    try await bench.containers.start("web")
    #expect(try await bench.containers.inspect("web").exit == nil)
  }

  @Test func anImageWhoseDevIsALinkIsNotStarted() async throws {
    let bench = try await Bench()
    _ = try await bench.create()
    bench.roots.contents.withLock { $0 = [("dev", "/canary")] }
    #expect(await code { try await bench.containers.start("web") } == .failedPrecondition)
    #expect(!bench.supervisor.calls.contains("start"))
  }

  @Test func aMissingBindSourceBecomesAFolder() async throws {
    let bench = try await Bench()
    let made = bench.folder + "/made/deep"
    _ = try await bench.start { $0.mounts = [Mount(kind: .bind, source: made, target: "/data")] }
    #expect(try Files.status(made).kind == .directory)
    _ = try await bench.create("strict") {
      $0.mounts = [Mount(kind: .bind, source: made + "/no", target: "/data", options: ["nocreate"])]
    }
    #expect(await code { try await bench.containers.start("strict") } == .invalidArgument)
  }

  @Test func killingEndsItForGoodAndOtherSignalsPass() async throws {
    let bench = try await Bench()
    _ = try await bench.start { $0.restart = RestartPolicy(kind: .always) }
    try await bench.containers.kill("web", signal: "HUP")
    bench.supervisor.configure { $0.stopExit = 137 }
    try await bench.containers.kill("web")
    #expect(bench.supervisor.calls == ["start", "signal 1", "stop 9 0", "cleanUp"])
    #expect(try await bench.containers.inspect("web").exit?.code == 137)
    #expect(await code { try await bench.containers.kill("web") } == .failedPrecondition)
    #expect(await code { try await bench.containers.kill("web", signal: "NOPE") } == .invalidArgument)
  }

  @Test func removalOfARunningContainerNeedsForce() async throws {
    let bench = try await Bench()
    let id = try await bench.start()
    #expect(await code { try await bench.containers.remove("web") } == .conflict)
    try await bench.containers.remove("web", force: true)
    #expect(try !Files.exists(bench.store.containers.folder(id)))
    #expect(bench.supervisor.calls.suffix(3) == ["stop 9 0", "cleanUp", "forget"])
  }

  @Test func aFailedRemovalLeavesItDeadAndCanBeRepeated() async throws {
    let bench = try await Bench()
    _ = try await bench.create()
    bench.roots.unmountFailure.withLock { $0 = WherryError(.internal, "busy") }
    #expect(await code { try await bench.containers.remove("web") } == .internal)
    #expect(try await bench.containers.inspect("web").state == .dead)
    bench.roots.unmountFailure.withLock { $0 = nil }
    try await bench.containers.remove("web")
    #expect(bench.containers.count == 0)
  }

  @Test func tidyingUpGoesOnPastFailures() async throws {
    let bench = try await Bench()
    _ = try await bench.start()
    bench.supervisor.configure { $0.cleanUpFailure = WherryError(.internal, "stuck") }
    try await bench.containers.stop("web")
    try await RecoveryTests.running(bench) { try await RecoveryTests.until { bench.roots.isEmpty } }
    #expect(try await bench.containers.inspect("web").state == .exited)
  }

  @Test func aContainerThatWillNotStopStaysRunning() async throws {
    let bench = try await Bench()
    _ = try await bench.start()
    bench.supervisor.configure { $0.stopFailure = WherryError(.deadlineExceeded, "it does not end") }
    #expect(await code { try await bench.containers.stop("web") } == .deadlineExceeded)
    #expect(try await bench.containers.inspect("web").state == .running)
    bench.supervisor.configure { $0.stopFailure = nil }
    try await bench.containers.stop("web")
  }

  @Test func aRestartStopsAndStarts() async throws {
    let bench = try await Bench()
    _ = try await bench.start()
    try await bench.containers.restart("web")
    #expect(bench.supervisor.calls == ["start", "stop 15 10", "cleanUp", "start"])
    #expect(try await bench.containers.inspect("web").state == .running)
  }

  @Test func waitingEndsWithTheContainer() async throws {
    let bench = try await Bench()
    let id = try await bench.create()
    #expect(try await bench.containers.wait("web").code == 0)
    try await bench.containers.start("web")
    async let exit = bench.containers.wait("web")
    while bench.supervisor.waiterCount(id) == 0 { await Task.yield() }
    bench.supervisor.end(id, code: 5)
    #expect(try await exit.code == 5)
    #expect(try await bench.containers.wait("web").code == 5)
    try await RecoveryTests.running(bench) { try await RecoveryTests.until { bench.roots.isEmpty } }
  }

  @Test func aContainerRemovesItselfWhenItsEndIsReported() async throws {
    let bench = try await Bench()
    let id = try await bench.start { $0.autoRemove = true }
    bench.supervisor.end(id, code: 0)
    try await bench.containers.settle(id.rawValue)
    #expect(bench.containers.count == 0)
    // The hook and a watcher may both say so.
    try await bench.containers.settle(id.rawValue)
  }

  @Test func listsAreNewestFirstAndFiltered() async throws {
    let bench = try await Bench()
    _ = try await bench.start("first") { $0.labels = ["tier": "front"] }
    _ = try await bench.create("second")
    _ = try await bench.start("third")
    func names(_ list: [ContainerSnapshot]) -> [String] { list.map(\.record.name) }
    #expect(names(try await bench.containers.list()) == ["third", "first"])
    #expect(names(try await bench.containers.list(all: true)) == ["third", "second", "first"])
    #expect(names(try await bench.containers.list(limit: 2)) == ["third", "second"])
    #expect(names(try await bench.containers.list(filters: ["status": ["created"]])) == ["second"])
    #expect(names(try await bench.containers.list(filters: ["label": ["tier"]])) == ["first"])
    #expect(
      names(try await bench.containers.list(all: true, filters: ["before": ["third"]])) == [
        "second", "first",
      ])
    #expect(
      names(try await bench.containers.list(all: true, filters: ["since": ["first"]])) == ["third", "second"])
    #expect(names(try await bench.containers.list(filters: ["ancestor": ["alpine"]])) == ["third", "first"])
    #expect(await code { try await bench.containers.list(filters: ["x": []]) } == .invalidArgument)
  }

  @Test func execNeedsARunningContainer() async throws {
    let bench = try await Bench()
    _ = try await bench.create()
    let request = ExecRequest(command: ["id"], user: "1000:5")
    #expect(await code { try await bench.containers.exec("web", request) } == .failedPrecondition)
    try await bench.containers.start("web")
    try await bench.containers.execDetached("web", request)
    let process = try #require(bench.supervisor.execs.first?.process)
    #expect(process.user.uid == 1000 && process.user.gid == 5)
    #expect(
      await code { try await bench.containers.exec("web", ExecRequest(command: ["id"], user: "1e0")) }
        == .invalidArgument)
  }

  @Test func imageLabelsBecomeLabelsAndNothingElse() async throws {
    let bench = try await Bench()
    try bench.addImage(
      "docker.io/library/labelled:latest",
      settings: .init(command: ["sh"], labels: ["run.oci.handler": "krun", "a": "image"]))
    let id = try await bench.start {
      $0.image = "labelled"
      $0.labels = ["a": "own"]
    }
    #expect(
      try await bench.containers.inspect("web").record.spec.labels == ["run.oci.handler": "krun", "a": "own"])
    let json = try #require(bench.supervisor.launch(id)).runtime.json()
    #expect(!String(decoding: json, as: UTF8.self).contains("krun"))
  }

  @Test func anImageWithoutLayersStarts() async throws {
    // A16
    let bench = try await Bench()
    try bench.addImage("docker.io/library/empty:latest", layers: [])
    _ = try await bench.start { $0.image = "empty" }
    #expect(try await bench.containers.inspect("web").state == .running)
  }
}
