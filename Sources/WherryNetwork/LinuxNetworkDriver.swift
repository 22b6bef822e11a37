import Glibc
package import WherryEngine
import WherryLinux
package import WherryModel
package import WherryStore

/// Networks through rtnetlink, libnftables and /proc/sys, in process. What is made and why stands in NetworkPlan.swift.
package struct LinuxNetworkDriver: NetworkDriver {
  let run: RunDirectory
  let names: InterfaceNames
  let settings: KernelSettings
  let nameService: NameService
  /// Reaches `UserNamespace.hold`.
  let holder: [String]

  package init(
    run: RunDirectory, usesSystemd: Bool, holder: [String] = ["/proc/self/exe", "hold-user-namespace"]
  ) {
    self.run = run
    self.holder = holder
    names = InterfaceNames(runDirectory: run.path)
    settings = KernelSettings(file: run.path + "/network-settings")
    nameService = NameService(folder: run.path + "/names", usesSystemd: usesSystemd)
  }

  package func namespace(of id: ContainerID) -> String { run.namespace(id) }
  package func owner(of forward: PortForward) throws(WherryError) -> String? { try PortOwner.find(forward) }

  package func bridge(of network: NetworkDefinition) -> String { names.bridge(network) }
  package var table: String { names.table }

  package func obstacles() throws(WherryError) -> [String] {
    OtherFirewalls(listing: try NFTables.output("list chains"), own: names.table).obstacles
  }

  package func routes() throws(WherryError) -> [IPPrefix] {
    try WherryError.converting("list the device's routes") { () throws(SystemError) in
      try NetlinkSocket().routes()
    }
  }

  // MARK: Connecting

  package func connect(_ sandbox: SandboxPlan) throws(WherryError) {
    do throws(SystemError) {
      let socket = try NetlinkSocket()
      let path = run.namespace(sandbox.id)
      try Files.makeDirectories(run.namespaces, mode: 0o755)
      if try !NetworkNamespace.exists(at: path) {
        if let users = sandbox.users {
          try makeNamespaces(sandbox.id, users)
        } else {
          try NetworkNamespace.make(at: path) { () throws(SystemError) in try Self.prepareNamespace() }
        }
      }
      let namespace = try FileDescriptor.open(path)
      for endpoint in sandbox.endpoints {
        try makeLink(endpoint, of: sandbox.id, socket, namespace: namespace.rawValue)
        guard endpoint.network.driver == .bridge, !sandbox.forwards.isEmpty,
          let port = try socket.index(of: names.link(sandbox.id, endpoint.network))
        else { continue }
        try socket.allowHairpin(port)
      }
      try NetworkNamespace.run(in: path) { () throws(SystemError) in try Self.configure(sandbox) }
    } catch {
      throw Self.explained(error)
    }
  }

  /// A user namespace and its network namespace: the container's root may then mount a sysfs and set what it likes in
  /// its network, and whoever joins the first may join the second.
  private func makeNamespaces(_ id: ContainerID, _ users: IDMap) throws(SystemError) {
    let run = UserNamespace.Run(inside: 0, outside: users.first, count: users.count)
    let made = try UserNamespace.makeWithNetwork([run], holder: holder)
    try Files.makeDirectories(self.run.userNamespaces, mode: 0o755)
    try NamespaceFile.bind(made.users, on: self.run.userNamespace(id))
    let path = self.run.namespace(id)
    try NamespaceFile.bind(made.network, on: path)
    try NetworkNamespace.run(in: path) { () throws(SystemError) in try Self.prepareNamespace() }
  }

  private static func explained(_ error: SystemError) -> WherryError {
    switch error.errno {
    case EOPNOTSUPP:
      WherryError(
        .unsupported, "\(error.operation): the kernel has no such kind of network interface",
        hint:
          "load its module (modprobe bridge veth macvlan ipvlan), or use --network none or --network host",
        cause: error)
    case EPERM, EACCES:
      WherryError(
        .permissionDenied, "\(error)",
        hint: "the engine needs CAP_NET_ADMIN and CAP_SYS_ADMIN here; without, use --network none or host",
        cause: error)
    default: WherryError(.failedPrecondition, "\(error)", cause: error)
    }
  }

  /// In the namespace. Nobody on a container's network tells it of routers.
  private static func prepareNamespace() throws(SystemError) {
    for name in ["all", "default"] { try KernelSettings.set("ipv6/conf/\(name)/accept_ra", "0") }
    let socket = try NetlinkSocket()
    if let loopback = try socket.index(of: "lo") { try socket.setUp(loopback) }
  }

  private func makeLink(
    _ endpoint: EndpointPlan, of id: ContainerID, _ socket: borrowing NetlinkSocket, namespace: Int32
  ) throws(SystemError) {
    let network = endpoint.network
    guard network.driver == .bridge else {
      let parent = network.parent ?? ""
      guard let index = try socket.index(of: parent) else {
        throw SystemError(errno: ENODEV, "find the parent interface", parent)
      }
      let mode = network.options[network.driver == .macvlan ? "macvlan_mode" : "ipvlan_mode"]
      do throws(SystemError) {
        try socket.makeChild(
          network.driver, parent: index, name: endpoint.interface, mac: endpoint.mac, mtu: network.mtu,
          mode: mode,
          namespace: namespace)
      } catch {
        if error.errno != EEXIST { throw error }
      }
      return
    }
    let bridge = try makeBridge(network, socket)
    let name = names.link(id, network)
    if try socket.index(of: name) != nil { return }
    try socket.makePair(
      name, bridge: bridge, peer: endpoint.interface, mac: endpoint.mac, mtu: network.mtu,
      namespace: namespace)
  }

  private func makeBridge(
    _ network: NetworkDefinition, _ socket: borrowing NetlinkSocket
  ) throws(SystemError) -> Int32 {
    let name = names.bridge(network)
    if let index = try socket.index(of: name) { return index }
    let four = network.subnet(ipv6: false)?.gateway ?? .anyIPv4
    try socket.makeBridge(name, mac: .derived(from: four), mtu: network.mtu)
    guard let index = try socket.index(of: name) else {
      throw SystemError(errno: ENODEV, "make bridge", name)
    }
    try KernelSettings.set("ipv6/conf/\(name)/accept_ra", "0")
    if !network.isIPv6 { try KernelSettings.set("ipv6/conf/\(name)/disable_ipv6", "1") }
    try KernelSettings.set("ipv4/conf/\(name)/route_localnet", "1")
    for subnet in network.subnets { try socket.add(subnet.gateway, length: subnet.prefix.length, to: index) }
    try socket.setUp(index)
    return index
  }

  /// In the namespace.
  private static func configure(_ sandbox: SandboxPlan) throws(SystemError) {
    let socket = try NetlinkSocket()
    for endpoint in sandbox.endpoints {
      guard let index = try socket.index(of: endpoint.interface) else {
        throw SystemError(errno: ENODEV, "find in the container", endpoint.interface)
      }
      try KernelSettings.set("ipv6/conf/\(endpoint.interface)/accept_ra", "0")
      if endpoint.address(ipv6: true) == nil {
        try KernelSettings.set("ipv6/conf/\(endpoint.interface)/disable_ipv6", "1")
      }
      for address in endpoint.addresses {
        guard let subnet = endpoint.network.subnet(ipv6: address.isIPv6) else { continue }
        try socket.add(address, length: subnet.prefix.length, to: index)
      }
      try socket.setUp(index)
    }
    for ipv6 in [false, true] {
      guard let endpoint = sandbox.gatewayEndpoint(ipv6: ipv6),
        let subnet = endpoint.network.subnet(ipv6: ipv6),
        let index = try socket.index(of: endpoint.interface)
      else { continue }
      try socket.addDefaultRoute(via: subnet.gateway, over: index)
    }
  }

  // MARK: Taking away

  package func disconnect(_ endpoint: EndpointPlan, of id: ContainerID) throws(WherryError) {
    try WherryError.converting("take container \(id.short) off network \(endpoint.network.name)") {
      () throws(SystemError) in
      if endpoint.network.driver == .bridge { return try Self.delete(names.link(id, endpoint.network)) }
      let path = run.namespace(id)
      guard try NetworkNamespace.exists(at: path) else { return }
      try NetworkNamespace.run(in: path) { () throws(SystemError) in try Self.delete(endpoint.interface) }
    }
  }

  package func disconnect(_ sandbox: SandboxPlan) throws(WherryError) {
    var failure: WherryError?
    for endpoint in sandbox.endpoints where endpoint.network.driver == .bridge {
      do throws(WherryError) { try disconnect(endpoint, of: sandbox.id) } catch { failure = failure ?? error }
    }
    for path in [run.namespace(sandbox.id), run.userNamespace(sandbox.id)] {
      do throws(SystemError) {
        try NetworkNamespace.remove(at: path)
      } catch {
        failure = failure ?? WherryError(error)
      }
    }
    if let failure { throw failure }
  }

  /// Does nothing where there is none.
  private static func delete(_ link: String) throws(SystemError) {
    let socket = try NetlinkSocket()
    guard let index = try socket.index(of: link) else { return }
    do throws(SystemError) {
      try socket.deleteLink(index)
    } catch {
      if error.errno != ENODEV { throw error }
    }
  }

  // MARK: Rules

  package func apply(_ plan: NetworkPlan) throws(WherryError) {
    let used = plan.networks.filter { $0.driver == .bridge && plan.isUsed($0) }
    if used.isEmpty {
      do throws(WherryError) {
        try NFTables.run(FirewallRules.removal(names.table))
      } catch {
        // A kernel without nf_tables has no rules of ours, and needs none for macvlan and ipvlan.
        if error.code != .unsupported { throw error }
      }
      try nameService.apply(plan)
      try WherryError.converting { () throws(SystemError) in
        try deleteBridges(plan.networks)
        try settings.restore()
      }
      return
    }
    let confines = try WherryError.converting { () throws(SystemError) in
      try settings.allowForwarding(ipv6: used.contains { $0.isIPv6 && !$0.isInternal })
      try deleteBridges(plan.networks.filter { !plan.isUsed($0) })
      return try settings.remembers("ipv4/ip_forward")
    }
    try NFTables.run(FirewallRules(plan: plan, names: names, confinesForwarding: confines).text)
    // After the rules: a device without name service has closed networks all the same.
    try nameService.apply(plan)
  }

  private func deleteBridges(_ networks: [NetworkDefinition]) throws(SystemError) {
    for network in networks where network.driver == .bridge { try Self.delete(names.bridge(network)) }
  }
}
