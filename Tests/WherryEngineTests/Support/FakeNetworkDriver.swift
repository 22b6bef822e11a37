import Glibc
import Synchronization
import WherryEngine
import WherryModel

/// Remembers what is connected; routes and owners of ports are what a test says.
final class FakeNetworkDriver: NetworkDriver {
  struct State {
    var connected: [ContainerID: SandboxPlan] = [:]
    var plan = NetworkPlan(networks: [], sandboxes: [])
    var routes: [IPPrefix] = []
    var owners: [UInt16: String] = [:]
    var failure: WherryError?
    /// How often rules were made.
    var applications = 0
    /// Making them takes as long as this is set.
    var holdsApplication = false
  }

  let state = Mutex(State())

  var connected: [ContainerID: SandboxPlan] { state.withLock(\.connected) }
  var plan: NetworkPlan { state.withLock(\.plan) }

  func routes() throws(WherryError) -> [IPPrefix] { state.withLock(\.routes) }

  func connect(_ sandbox: SandboxPlan) throws(WherryError) {
    if let failure = state.withLock(\.failure) { throw failure }
    state.withLock { $0.connected[sandbox.id] = sandbox }
  }

  func disconnect(_ endpoint: EndpointPlan, of id: ContainerID) throws(WherryError) {}
  func disconnect(_ sandbox: SandboxPlan) throws(WherryError) {
    state.withLock { $0.connected[sandbox.id] = nil }
  }
  func apply(_ plan: NetworkPlan) throws(WherryError) {
    state.withLock { state in
      state.applications += 1
      state.plan = plan
    }
    while state.withLock(\.holdsApplication) { usleep(1000) }
  }
  func bridge(of network: NetworkDefinition) -> String { "br-\(network.name)" }
  var table: String { "wherry" }
  func obstacles() throws(WherryError) -> [String] { [] }
  func namespace(of id: ContainerID) -> String { "/netns/\(id.short)" }
  func owner(of forward: PortForward) throws(WherryError) -> String? {
    state.withLock { $0.owners[forward.hostPort] }
  }
}
