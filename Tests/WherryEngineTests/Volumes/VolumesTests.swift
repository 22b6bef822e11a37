import Synchronization
import Testing
import WherryLinux
import WherryModel
import WherryOCI
import WherryStore
import WherryWire

@testable import WherryEngine

struct VolumesTests {
  @Test func aVolumeIsMadeOnceAndSurvivesTheDaemon() async throws {
    let bench = try await Bench()
    let made = try await bench.engine.volumes.create("data", labels: ["a": "b"])
    #expect(made.name == "data" && made.driver == "local" && made.labels == ["a": "b"])
    #expect(try await bench.engine.volumes.create("data") == made)
    #expect(await code { try await bench.engine.volumes.create("data", driver: "x") } == .conflict)
    #expect(await code { try await bench.engine.volumes.create("other", driver: "x") } == .notFound)
    #expect(
      await code { try await bench.engine.volumes.create("data", options: ["type": "tmpfs", "device": "x"]) }
        == .conflict)
    try await bench.restartDaemon()
    #expect(try bench.engine.volumes.list() == [made])
    try await bench.engine.volumes.remove("data")
    #expect(await code { try await bench.engine.volumes.remove("data") } == .notFound)
    try await bench.engine.volumes.remove("data", force: true)
  }

  @Test func manyCreatesAtOnceMakeOne() async throws {
    let bench = try await Bench()
    try await withThrowingTaskGroup(of: VolumeDetail.self) { group in
      for _ in 0..<32 { group.addTask { try await bench.engine.volumes.create("data") } }
      var all: Set<VolumeDetail> = []
      for try await one in group { all.insert(one) }
      #expect(all.count == 1)
    }
  }

  @Test func aContainerHoldsItsVolumes() async throws {
    let bench = try await Bench()
    _ = try await bench.create {
      $0.mounts = [
        Mount(kind: .volume, source: "data", target: "/a"), Mount(kind: .volume, target: "/b"),
      ]
    }
    let anonymous = try #require(try bench.engine.volumes.list().first { $0.anonymous ?? false })
    for _ in 0..<2 {
      let error = await #expect(throws: WherryError.self) { try await bench.engine.volumes.remove("data") }
      #expect(error?.code == .conflict && error?.message.contains("[web]") ?? false)
      try await bench.restartDaemon()
    }
    try await bench.containers.remove("web", volumes: true)
    #expect(try bench.engine.volumes.list().map(\.name) == ["data"])
    #expect(anonymous.name.count == 64)
    try await bench.engine.volumes.remove("data")
  }

  @Test func whatTheImageWantsIsMadeAndGoesWithAContainerThatRemovesItself() async throws {
    let bench = try await Bench()
    try bench.addImage(
      "docker.io/library/db:latest", settings: .init(command: ["db"], volumes: ["/data", "/own/"]))
    let id = try await bench.containers.create(
      ContainerSpec(
        image: "db", name: "db", mounts: [Mount(kind: .tmpfs, target: "/own")], autoRemove: true)
    ).id
    let mounts = try #require(try await bench.containers.inspect("db").record.spec.mounts)
    #expect(mounts.map(\.target) == ["/own", "/data"])
    #expect(try bench.engine.volumes.list().count == 1)
    try await bench.containers.remove(id.rawValue)
    #expect(try bench.engine.volumes.list().isEmpty)
  }

  @Test func volumesFromIsCopiedButForWhatIsGiven() async throws {
    let bench = try await Bench()
    _ = try await bench.create("one") {
      $0.mounts = [
        Mount(kind: .volume, source: "data", target: "/a"), Mount(kind: .bind, source: "/srv", target: "/b"),
        Mount(kind: .tmpfs, target: "/t"),
      ]
    }
    _ = try await bench.create("two") {
      $0.mounts = [Mount(kind: .bind, source: "/own", target: "/b/")]
      $0.volumesFrom = ["one:ro"]
    }
    let mounts = try #require(try await bench.containers.inspect("two").record.spec.mounts)
    #expect(
      mounts == [
        Mount(kind: .bind, source: "/own", target: "/b/"),
        Mount(kind: .volume, source: "data", target: "/a", readOnly: true, origin: .container),
      ])
    #expect(await code { try await bench.create("x1") { $0.volumesFrom = ["none"] } } == .notFound)
    #expect(await code { try await bench.create("x2") { $0.volumesFrom = ["one:rx"] } } == .invalidArgument)
  }

  @Test func pruneTakesTheAnonymousAndWithAllTheRestButSnapshots() async throws {
    let bench = try await Bench()
    let volumes = bench.engine.volumes
    let anonymous = try await volumes.create(nil)
    for name in ["kept", "labelled"] {
      _ = try await volumes.create(name, labels: name == "labelled" ? ["keep": ""] : nil)
    }
    _ = try await bench.engine.snapshotVolume("kept", as: "snap")
    #expect(try await volumes.prune().names == [anonymous.name])
    #expect(try await volumes.prune(all: true, filters: ["label!": ["keep"]]).names == ["kept"])
    #expect(try volumes.list().map(\.name) == ["labelled", "snap"])
    #expect(await code { try await volumes.prune(filters: ["until": ["1"]]) } == .invalidArgument)
  }

  /// The folder that holds the marks of those who use a volume.
  private static func marks(_ bench: Bench) -> String { bench.folder + "/run/volumes/data" }

  @Test(arguments: [true, false])
  func onlyACopyOfOnesOwnBeginsAnew(_ isOwn: Bool) async throws {
    let bench = try await Bench()
    bench.roots.contents.withLock { $0.append(("x/ofImage", nil)) }
    let id = try await bench.create { $0.mounts = [Mount(kind: .volume, source: "data", target: "/x")] }
    let data = try await bench.engine.volumes.inspect("data").mountpoint
    try Files.makeDirectories(data + "/before")
    try Files.makeDirectories(Self.marks(bench))
    for name in isOwn ? ["populating-\(id)"] : ["populating", "populating-other"] {
      try Files.write("\(Self.marks(bench))/\(name)", [])
    }
    try await bench.containers.start("web")
    #expect(try Files.list(data) == (isOwn ? ["ofImage"] : ["before"]))
    #expect(try Files.list(Self.marks(bench)) == [id.rawValue])
    try await bench.containers.stop("web")
    #expect(try Files.list(data) == (isOwn ? ["ofImage"] : ["before"]))
    #expect(try !Files.exists(Self.marks(bench)))
  }

  @Test func aCopyThatCameToNothingIsDeletedWhenItsUserGoes() async throws {
    let bench = try await Bench()
    let id = try await bench.create {
      $0.mounts = [Mount(kind: .volume, source: "data", target: "/x", noCopy: true)]
    }
    try await bench.containers.start("web")
    let data = try await bench.engine.volumes.inspect("data").mountpoint
    try Files.makeDirectories(data + "/half")
    try Files.write("\(Self.marks(bench))/populating-\(id)", [])
    try await bench.containers.stop("web")
    #expect(try Files.list(data).isEmpty)
    #expect(try !Files.exists(Self.marks(bench)))
  }

  @Test(.timeLimit(.minutes(1)))
  func aSnapshotAndARestoreNeverWaitForEachOther() async throws {
    let bench = try await Bench()
    for name in ["aa", "bb"] { _ = try await bench.engine.volumes.create(name) }
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<50 {
        group.addTask {
          #expect(await code { try await bench.engine.snapshotVolume("bb", as: "aa") } == .conflict)
        }
        group.addTask {
          #expect(await code { try await bench.engine.volumes.restore("bb", from: "aa") } == nil)
        }
      }
    }
    #expect(await code { try await bench.engine.snapshotVolume("aa", as: "aa") } == .conflict)
  }

  @Test func aSnapshotPausesWhatTheNextDaemonWouldLetGoOn() async throws {
    let bench = try await Bench()
    let id = try await bench.start { $0.mounts = [Mount(kind: .volume, source: "data", target: "/x")] }
    let note = RunDirectory(bench.folder + "/run").commit(id)
    let noted = Mutex<[Bool]>([])
    bench.supervisor.configure {
      $0.pauses = { _ in
        do { let exists = try Files.exists(note); noted.withLock { $0.append(exists) } } catch {}
      }
    }
    _ = try await bench.engine.snapshotVolume("data", as: "copy")
    #expect(noted.withLock { $0 } == [true])
    #expect(bench.supervisor.calls.suffix(2) == ["pause", "unpause"])
    #expect(try !Files.exists(note))
  }

  @Test func aRootWhoseVolumeLacksAFolderIsUnmounted() async throws {
    let bench = try await Bench()
    _ = try await bench.create {
      $0.mounts = [Mount(kind: .volume, source: "data", target: "/x", subpath: "none")]
    }
    #expect(await code { try await bench.containers.pathStatus("web", "/") } != nil)
    #expect(bench.roots.isEmpty)
    #expect(try !Files.exists(Self.marks(bench)))
  }

  static let filterCases: [([String: [String]], [String])] = [
    ([:], ["data", "idle"]), (["dangling": ["true"]], ["idle"]), (["dangling": ["0"]], ["data"]),
    (["name": ["at"]], ["data"]), (["name": ["data", "idle"]], ["data", "idle"]),
    (["driver": ["local"]], ["data", "idle"]), (["driver": ["x"]], []), (["label": ["a"]], ["idle"]),
    (["label": ["a=1"]], ["idle"]), (["label": ["a=2"]], []), (["label!": ["a"]], ["data"]),
  ]

  @Test(arguments: filterCases)
  func filtersChoose(_ filters: [String: [String]], _ names: [String]) async throws {
    let bench = try await Bench()
    _ = try await bench.engine.volumes.create("idle", labels: ["a": "1"])
    _ = try await bench.create { $0.mounts = [Mount(kind: .volume, source: "data", target: "/a")] }
    #expect(try bench.engine.volumes.list(filters: filters).map(\.name) == names)
  }

  @Test(arguments: [["nonsense": ["1"]], ["dangling": ["maybe"]]])
  func unknownFiltersAreRefused(_ filters: [String: [String]]) {
    #expect(code(of: { try VolumeFilters(filters) }) == .invalidArgument)
  }

  @Test(arguments: [
    ["size": "1g"], ["type": "tmpfs"], ["device": "x"], ["type": "", "device": "x"],
    ["type": "ext4", "device": "x", "o": "loop"], ["type": "ext4", "device": "x\0"],
  ])
  func optionsOfTheLocalDriverAreChecked(_ options: [String: String]) {
    #expect(code(of: { try LocalDriver.validate(options) }) == .invalidArgument)
  }
}
