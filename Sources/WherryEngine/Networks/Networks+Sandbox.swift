import Synchronization
import WherryLinux
package import WherryModel
import WherryStore
import WherryWire

extension Networks {
  /// What is to be made of a container's endpoints. Those whose network is gone are left out.
  func sandbox(
    _ id: ContainerID, name: String, endpoints: [EndpointRecord], forwards: [PortForward]
  ) -> SandboxPlan {
    let definitions = state.withLock { $0.definitions }
    var plans: [EndpointPlan] = []
    for endpoint in EndpointRecord.named(endpoints) {
      guard let network = definitions[endpoint.network], network.id == endpoint.networkID,
        let mac = MACAddress(endpoint.mac)
      else { continue }
      plans.append(
        EndpointPlan(
          network: network, mac: mac, addresses: endpoint.addresses,
          names: [name, id.short] + (endpoint.aliases ?? []), interface: endpoint.interface ?? ""))
    }
    return SandboxPlan(id: id, endpoints: plans, forwards: forwards)
  }

  func isSetUp(_ id: ContainerID) -> Bool { state.withLock { $0.sandboxes[id] != nil } }
  package func sandbox(of id: ContainerID) -> SandboxPlan? { state.withLock { $0.sandboxes[id] } }

  /// Makes a container's network, or takes up the one that has outlived its last run.
  func setUp(_ record: ContainerRecord, _ id: ContainerID) async throws {
    let endpoints = EndpointRecord.named(record.endpoints ?? [])
    for endpoint in endpoints
    where state.withLock({ $0.definitions[endpoint.network]?.id }) != endpoint.networkID {
      throw WherryError(
        .notFound, "network \(endpoint.network) of container \(record.name) not found",
        hint: "it was removed: wherry network disconnect \(endpoint.network) \(record.name)")
    }
    try await lane.run {
      // Whoever wanted it down has given up.
      state.withLock { _ = $0.leaving.remove(id) }
      let before = sandbox(of: id)
      var plan = sandbox(id, name: record.name, endpoints: endpoints, forwards: before?.forwards ?? [])
      plan.servers = record.nameServers
      if before == nil { plan.forwards = try await forwards(of: record.spec, plan) }
      plan.users = record.idMap
      let (driver, run, ready) = (driver, run, plan)
      do {
        try await pool.run { () throws(WherryError) in
          try WherryError.converting { () throws(SystemError) in
            try SandboxFile.write(run, id, SandboxFile(endpoints: endpoints, forwards: ready.forwards))
          }
        }
        state.withLock { $0.sandboxes[id] = ready }
        try await pool.run { () throws(WherryError) in try driver.connect(ready) }
        try await apply()
      } catch {
        let cause = WherryError.wrapping(error)
        await takeDown([ready])
        throw WherryError(
          cause.code == .notFound ? .failedPrecondition : cause.code,
          "container \(record.name) cannot be connected to network "
            + "\(endpoints.map(\.network).joined(separator: ", ")): \(cause.message)",
          hint: cause.hint ?? "run it with --network none, or with --network host", cause: cause)
      }
      if before == nil {
        for endpoint in plan.endpoints {
          self.record("connect", endpoint.network, ["container": id.rawValue])
        }
      }
    }
  }

  private func forwards(of spec: ContainerSpec, _ plan: SandboxPlan) async throws -> [PortForward] {
    guard spec.ports?.isEmpty == false || spec.publishAll ?? false else { return [] }
    let (others, driver, table) = (state.withLock { Array($0.sandboxes.values) }, driver, table)
    let (ipv4, ipv6) = (plan.target(ipv6: false) != nil, plan.target(ipv6: true) != nil)
    let publishAddress = settings.publishAddress
    return try await pool.run { () throws(WherryError) in
      let ports = PortPlan(publishAddress: publishAddress) { (forward) throws(WherryError) in
        for other in others where other.forwards.contains(where: { $0.conflicts(with: forward) }) {
          return "container \(table.entry(other.id)?.record.name ?? other.id.short)"
        }
        return try driver.owner(of: forward)
      }
      return try ports.forwards(of: spec, ipv4: ipv4, ipv6: ipv6)
    }
  }

  /// Takes a container's network down where it is set up. What goes wrong is reported, and stops nothing. Of many that
  /// end together, the first whose turn it is takes down all: rules and names are made anew as a whole.
  func tearDown(_ id: ContainerID) async {
    guard isSetUp(id) else { return }
    state.withLock { _ = $0.leaving.insert(id) }
    do {
      try await lane.run {
        let plans = state.withLock { state in
          defer { state.leaving = [] }
          return state.leaving.compactMap { state.sandboxes[$0] }
        }
        if plans.isEmpty { return }
        await takeDown(plans)
        for plan in plans {
          for endpoint in plan.endpoints {
            record("disconnect", endpoint.network, ["container": plan.id.rawValue])
          }
        }
      }
    } catch {
      state.withLock { _ = $0.leaving.remove(id) }
      report("network of container \(id.short): \(error), ignoring")
    }
  }

  /// In the lane.
  private func takeDown(_ plans: [SandboxPlan]) async {
    let (driver, run) = (driver, run)
    for plan in plans {
      do {
        try await pool.run { () throws(WherryError) in try driver.disconnect(plan) }
      } catch {
        report("network of container \(plan.id.short): \(error), ignoring")
      }
      state.withLock { $0.sandboxes[plan.id] = nil }
    }
    do {
      try await apply()
    } catch {
      return report(
        "network of container \(plans.map(\.id.short).joined(separator: ", ")): \(error), ignoring")
    }
    // Only now: a daemon that is killed before this takes them down again.
    for plan in plans {
      do {
        _ = try await pool.run { () throws(SystemError) in try Files.unlink(run.network(plan.id)) }
      } catch {
        report("network of container \(plan.id.short): \(error), ignoring")
      }
    }
  }

  /// In the lane.
  func apply() async throws {
    let servers = try await deviceServers()
    let plan = state.withLock {
      NetworkPlan(
        networks: $0.definitions.values.sorted { $0.name < $1.name },
        sandboxes: $0.sandboxes.values.sorted { $0.id.rawValue < $1.id.rawValue }, servers: servers)
    }
    let driver = driver
    try await pool.run { () throws(WherryError) in try driver.apply(plan) }
    state.withLock { $0.servers = servers }
  }

  private func deviceServers() async throws -> [IPAddress] {
    let resolver = DeviceResolver(file: settings.resolverFile)
    return try await pool.run { () throws(SystemError) in try resolver.servers() }
  }

  /// The device may have other name servers than before.
  func serversChanged() async {
    do {
      try await lane.run {
        let servers = try await deviceServers()
        guard state.withLock({ !$0.sandboxes.isEmpty && $0.servers != servers }) else { return }
        try await apply()
      }
    } catch {
      report("name service: \(error), ignoring")
    }
  }

  /// Renews what others find a container by.
  func renamed(_ id: ContainerID, to name: String) async {
    guard isSetUp(id) else { return }
    do {
      try await lane.run {
        state.withLock { state in
          for index in state.sandboxes[id]?.endpoints.indices ?? 0..<0 {
            if state.sandboxes[id]?.endpoints[index].names.isEmpty == false {
              state.sandboxes[id]?.endpoints[index].names[0] = name
            }
          }
        }
        try await apply()
      }
    } catch {
      report("network of container \(name): \(error), ignoring")
    }
  }
}
