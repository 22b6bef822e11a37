import Synchronization
import Testing
import WherryModel
import WherryRPC
import WherryService
import WherryWire

/// What plugins are asked, and that nothing is done before they have allowed it.
struct AuthorizationTests {
  final class FakePlugins: Plugins {
    private struct State {
      var asked: [AuthorizationRequestParams] = []
      var by: [String] = []
    }

    private let state = Mutex(State())
    let denies: @Sendable (AuthorizationRequestParams) -> Bool

    init(denies: @escaping @Sendable (AuthorizationRequestParams) -> Bool = { _ in false }) {
      self.denies = denies
    }

    var asked: [AuthorizationRequestParams] { state.withLock { $0.asked } }
    var by: [String] { state.withLock { $0.by } }

    func list() async throws -> [PluginDetail] { [] }
    func inspect(_ name: String) async throws -> PluginDetail {
      throw WherryError(.notFound, "plugin \(name)")
    }
    func refusal(of request: AuthorizationRequestParams, by plugins: [String]) async throws -> WherryError? {
      state.withLock { state in
        state.asked.append(request)
        state.by = plugins
      }
      return denies(request) ? WherryError(.permissionDenied, "authorization denied by plugin guard") : nil
    }
  }

  @Test func nobodyIsAskedWhereTheSettingsNameNone() async throws {
    let plugins = FakePlugins { _ in true }
    let desk = try await Desk(plugins: plugins)
    _ = try await desk.calls.containerList()
    #expect(plugins.asked.isEmpty)
  }

  @Test func aCallThatIsDeniedIsNotMadeAndAudited() async throws {
    let plugins = FakePlugins { $0.method == "volume-create" }
    let desk = try await Desk(plugins: plugins, authorizedBy: ["guard", "other"])
    let error = await #expect(throws: WherryError.self) {
      try await desk.calls.volumeCreate(VolumeCreateParams(name: "data"))
    }
    #expect(error?.code == .permissionDenied)
    #expect(plugins.by == ["guard", "other"])
    #expect(try await desk.calls.volumeList().volumes.isEmpty)
    #expect(
      desk.audit.contains { $0.contains("volume-create data") && $0.contains("denied by plugin guard") })
  }

  @Test func lookingIsAskedAboutToo() async throws {
    let plugins = FakePlugins { _ in true }
    let desk = try await Desk(plugins: plugins, authorizedBy: ["guard"])
    await #expect(throws: WherryError.self) { try await desk.calls.systemVersion() }
    await #expect(throws: WherryError.self) { try await desk.calls.systemInfo() }
    #expect(plugins.asked.map(\.method) == ["system-version", "system-info"])
  }

  @Test func whatAContainerAsksForBeyondItselfIsTold() async throws {
    let plugins = FakePlugins { _ in true }
    let desk = try await Desk(plugins: plugins, authorizedBy: ["guard"])
    var spec = ContainerSpec(image: "alpine", name: "web")
    spec.security = Security(addedCapabilities: ["SYS_ADMIN"], privileged: true)
    spec.mounts = [
      Mount(kind: .bind, source: "/etc", target: "/e"),
      Mount(kind: .volume, source: "v", target: "/v", driver: "d", driverOptions: ["device": "/dev/sda"]),
    ]
    spec.devices = [Device(path: "/dev/kvm")]
    spec.hostNamespaces = ["pid"]
    spec.networks = [NetworkAttachment(name: "host")]
    let params = ContainerCreateParams(spec: spec)
    await #expect(throws: WherryError.self) { try await desk.calls.containerCreate(params) }
    let asked = try #require(plugins.asked.first)
    #expect(asked.object == "web of alpine" && asked.role == "admin" && asked.peer == "uid 1000 pid 1")
    #expect(
      asked.privileges == [
        "privileged", "bind:/etc", "volume-driver:d", "volume-device:/dev/sda", "device:/dev/kvm",
        "capability:SYS_ADMIN", "namespace:pid", "network:host",
      ])
  }

  @Test func aPlainContainerAsksForNothing() async throws {
    let plugins = FakePlugins { _ in true }
    let desk = try await Desk(plugins: plugins, authorizedBy: ["guard"])
    let params = ContainerCreateParams(spec: ContainerSpec(image: "alpine"))
    await #expect(throws: WherryError.self) { try await desk.calls.containerCreate(params) }
    #expect(plugins.asked.first?.privileges == nil)
  }
}
