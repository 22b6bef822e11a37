package import WherryModel

/// Makes on the device what networks need: namespaces, links, addresses, routes, rules, names. Calls block and are
/// made one at a time. What a call is to make and is there already is no error.
package protocol NetworkDriver: Sendable {
  /// The blocks of addresses the device has routes to.
  func routes() throws(WherryError) -> [IPPrefix]

  /// Makes the namespace and connects it to its networks.
  /// Throws `unsupported` where the kernel lacks what that needs, `permissionDenied` where the engine may not.
  func connect(_ sandbox: SandboxPlan) throws(WherryError)

  /// Takes one network away; the namespace stays.
  func disconnect(_ endpoint: EndpointPlan, of id: ContainerID) throws(WherryError)

  /// Takes all away. Goes on past failures and throws the first.
  func disconnect(_ sandbox: SandboxPlan) throws(WherryError)

  /// Brings rules, bridges and name service to what `plan` says.
  func apply(_ plan: NetworkPlan) throws(WherryError)

  /// Where the namespace of `id` is pinned, or would be.
  func namespace(of id: ContainerID) -> String

  /// The interface of a network's bridge, whether or not it is there.
  func bridge(of network: NetworkDefinition) -> String

  /// What the engine's packet rules stand in.
  var table: String { get }

  /// What other programs' packet rules keep containers' traffic from passing, in words, each with its remedy.
  func obstacles() throws(WherryError) -> [String]

  /// Who has that port, in words, besides containers; nil where it is free.
  func owner(of forward: PortForward) throws(WherryError) -> String?
}
