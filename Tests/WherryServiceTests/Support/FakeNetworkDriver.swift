import WherryEngine
import WherryModel

/// A device on which every network can be made.
struct FakeNetworkDriver: NetworkDriver {
  func routes() throws(WherryError) -> [IPPrefix] { [] }
  func connect(_ sandbox: SandboxPlan) throws(WherryError) {}
  func disconnect(_ endpoint: EndpointPlan, of id: ContainerID) throws(WherryError) {}
  func disconnect(_ sandbox: SandboxPlan) throws(WherryError) {}
  func apply(_ plan: NetworkPlan) throws(WherryError) {}
  func bridge(of network: NetworkDefinition) -> String { "br-\(network.name)" }
  var table: String { "wherry" }
  func obstacles() throws(WherryError) -> [String] { [] }
  func namespace(of id: ContainerID) -> String { "/netns/\(id.short)" }
  func owner(of forward: PortForward) throws(WherryError) -> String? { nil }
}
