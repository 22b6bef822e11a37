import Synchronization
import WherryEngine
import WherryLinux
import WherryModel
import WherryOCI
import WherryStore
import WherryWire

/// An engine over a store of its own and fakes, in a folder that goes with it.
final class Bench: Sendable {
  let folder: String
  let supervisor: FakeSupervisor
  let roots: FakeRoots
  let network = FakeNetworkDriver()
  let plugins = FakeVolumePlugins()
  /// What the engine waits for.
  let hold: Hold
  private let box: Mutex<(store: Store, engine: Engine, fetcher: FakeFetcher)>

  var engine: Engine { box.withLock { $0.engine } }
  var store: Store { box.withLock { $0.store } }
  var fetcher: FakeFetcher { box.withLock { $0.fetcher } }
  var containers: Containers { engine.containers }
  var images: Images { engine.images }

  init(supervisor: FakeSupervisor = FakeSupervisor()) async throws {
    folder = "/tmp/wherry-engine-\(String(UInt64.random(in: .min ... .max), radix: 36))"
    self.supervisor = supervisor
    roots = FakeRoots(folder + "/roots")
    let state = StateDirectory(folder + "/state")
    try Files.makeDirectories(folder)
    let store = try Store(state: state) { _ in }
    let fetcher = FakeFetcher(store)
    let hold = Hold()
    self.hold = hold
    let engine = Self.engine(store, folder, supervisor, roots, fetcher, network, plugins, hold) { _ in }
    box = Mutex((store, engine, fetcher))
    try await engine.recover()
    try addImage("docker.io/library/alpine:latest")
  }

  deinit {
    do { _ = try Files.removeTree(folder) } catch {}
  }

  private static func engine(
    _ store: Store, _ folder: String, _ supervisor: FakeSupervisor, _ roots: FakeRoots,
    _ fetcher: FakeFetcher, _ network: FakeNetworkDriver, _ plugins: FakeVolumePlugins, _ hold: Hold,
    _ report: @escaping @Sendable (String) -> Void
  ) -> Engine {
    Engine(
      store: store, run: RunDirectory(folder + "/run"), supervisor: supervisor, roots: roots,
      fetcher: fetcher, networkDriver: network, plugins: plugins,
      pool: BlockingPool(),
      settings: EngineSettings(
        platform: Platform(os: "linux", architecture: "amd64"), processors: 4, seccompProfile: nil,
        report: report, sleep: { _ in try await hold.wait() }))
  }

  /// A new daemon over what the old one left on disk; nothing of the old one's memory survives.
  func restartDaemon() async throws {
    // The same open store: its lock belongs to the process.
    let store = self.store
    let engine = Self.engine(store, folder, supervisor, roots, fetcher, network, plugins, hold) { _ in }
    try await engine.recover()
    box.withLock { $0.engine = engine }
  }

  @discardableResult
  func addImage(
    _ names: String..., settings: ImageConfiguration.Settings = .init(command: ["sh"]),
    layers: [String] = ["base"]
  ) throws -> StoredImage {
    var configuration = ImageConfiguration(
      created: Timestamp(nanoseconds: UInt64(layers.count)),
      platform: Platform(os: "linux", architecture: "amd64"),
      config: settings, diffIDs: layers.map { Digest.sha256(of: $0.utf8) })
    configuration.author = names.joined()
    return try StoredImage.put(configuration, in: store, names: names)
  }

  func create(_ name: String = "web", _ change: (inout ContainerSpec) -> Void = { _ in }) async throws
    -> ContainerID
  {
    var spec = ContainerSpec(image: "alpine", name: name)
    change(&spec)
    return try await containers.create(spec).id
  }

  func start(_ name: String = "web", _ change: (inout ContainerSpec) -> Void = { _ in }) async throws
    -> ContainerID
  {
    let id = try await create(name, change)
    try await containers.start(name)
    return id
  }
}

/// Waits that take no time, or as long as a test likes.
final class Hold: Sendable {
  private let state = Mutex<(isOn: Bool, count: Int)>((false, 0))

  var isOn: Bool {
    get { state.withLock(\.isOn) }
    set { state.withLock { $0.isOn = newValue } }
  }

  /// How many waits there were.
  var count: Int { state.withLock(\.count) }

  func wait() async throws {
    state.withLock { $0.count += 1 }
    try Task.checkCancellation()
    while isOn {
      try Task.checkCancellation()
      await Task.yield()
    }
  }
}

/// The error's code, for `#expect`; nil where nothing was thrown.
func code<Value>(_ body: () async throws -> Value) async -> WherryError.Code? {
  do {
    _ = try await body()
    return nil
  } catch {
    return (error as? WherryError)?.code ?? .internal
  }
}

func code<Value>(of body: () throws -> Value) -> WherryError.Code? {
  do {
    _ = try body()
    return nil
  } catch {
    return (error as? WherryError)?.code ?? .internal
  }
}

extension ContainerRecord {
  static func sample(_ change: (inout ContainerRecord) -> Void = { _ in }) -> ContainerRecord {
    var record = ContainerRecord(
      id: String(repeating: "0a", count: 32), name: "web", spec: ContainerSpec(image: "alpine"),
      imageID: "sha256:" + String(repeating: "1", count: 64), layers: [], created: Timestamp(nanoseconds: 1),
      arguments: ["sleep", "1"], environment: [ResolvedConfiguration.defaultPath, "LANG=C.UTF-8"],
      workingDirectory: "/", user: "", stopSignal: "SIGTERM", desired: .neverStarted, image: "alpine")
    change(&record)
    return record
  }
}
