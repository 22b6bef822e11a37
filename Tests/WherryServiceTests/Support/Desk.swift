import Synchronization
import WherryEngine
import WherryLinux
import WherryModel
import WherryRPC
import WherryService
import WherryStore
import WherryWire

/// A daemon's service and a client of it, with nothing but memory between them.
final class Desk: Sendable {
  let folder = "/tmp/wherry-service-\(String(UInt64.random(in: .min ... .max), radix: 36))"
  let supervisor = FakeSupervisor()
  let calls: WherryCalls
  private let drivers: (ConnectionDriver, ConnectionDriver)
  private let entries: AuditLog

  final class AuditLog: Sendable {
    private let lines = Mutex<[AuditEntry]>([])
    func add(_ entry: AuditEntry) { lines.withLock { $0.append(entry) } }
    var all: [AuditEntry] { lines.withLock { $0 } }
  }

  var audit: [String] { entries.all.map(\.description) }

  init(
    role: Role = .admin, plugins: (any Plugins)? = nil, authorizedBy: [String] = []
  ) async throws {
    try Files.makeDirectories(folder)
    let store = try Store(state: StateDirectory(folder + "/state")) { _ in }
    let engine = Engine(
      store: store, run: RunDirectory(folder + "/run"), supervisor: supervisor,
      roots: FakeRoots(base: folder + "/roots"),
      fetcher: FakeFetcher(store: store), networkDriver: FakeNetworkDriver(), pool: BlockingPool(),
      settings: EngineSettings(processors: 2, seccompProfile: nil, sleep: { _ in }))
    try await engine.recover()
    let entries = AuditLog()
    self.entries = entries
    var facts = DaemonFacts(
      version: "1.2.3", architecture: "amd64", kernel: "6.1", runtime: "/usr/bin/crun",
      runtimeVersion: { "1.8.1" }, cgroup: "v2", stateDirectory: "/s", runDirectory: "/r",
      operatingSystem: "Debian", processors: 2, memory: 1024, hostname: "board")
    facts.authorizationPlugins = authorizedBy
    let api = DaemonAPI(
      engine: engine, facts: facts, plugins: plugins,
      audit: { entries.add($0) })
    let peer = Peer(role: role, description: "uid 1000 pid 1")
    let pair = InProcessTransport.connect(acceptor: .init(peer: peer, service: api.service))
    drivers = (pair.dialler, pair.acceptor)
    calls = WherryCalls(pair.dialler)
  }

  deinit {
    do { _ = try Files.removeTree(folder) } catch {}
  }

  func run(_ change: (inout ContainerSpec) -> Void = { _ in }, detach: Bool = false) async throws -> RunCall {
    var spec = ContainerSpec(image: "alpine", name: "web")
    change(&spec)
    return try await calls.containerRun(ContainerRunParams(spec: spec, detach: detach ? true : nil))
  }

  typealias RunCall = Call<SessionInput, SessionOutput, ContainerRunResult>
}

func code<Value>(_ body: () async throws -> Value) async -> WherryError.Code? {
  do {
    _ = try await body()
    return nil
  } catch {
    return (error as? WherryError)?.code ?? .internal
  }
}
