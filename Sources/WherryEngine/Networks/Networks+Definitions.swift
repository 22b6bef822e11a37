import Synchronization
import WherryLinux
import WherryModel
import WherryStore
package import WherryWire

extension Networks {
  static let predefined: Set<String> = ["bridge", "host", "none", "default"]
  static let maximumDefinitions = 256

  /// Makes a network; durable when it returns. Nothing appears on the device before a container needs it.
  package func create(_ spec: NetworkSpec) async throws -> String {
    try NetworkSpecValidation.validate(spec)
    return try await lane.run {
      guard state.withLock({ $0.definitions[spec.name] == nil }) else {
        throw WherryError(
          .conflict, "network with name \(spec.name) already exists",
          hint: "remove it first (wherry network rm \(spec.name)) or choose another name")
      }
      guard state.withLock({ $0.definitions.count }) < Self.maximumDefinitions else {
        throw WherryError(.resourceExhausted, "there are \(Self.maximumDefinitions) networks already")
      }
      let definition = try await definition(spec)
      try await add(definition)
      record("create", definition)
      return definition.id
    }
  }

  private func definition(_ spec: NetworkSpec) async throws -> NetworkDefinition {
    let driver = NetworkDefinition.Driver(rawValue: spec.driver ?? "bridge") ?? .bridge
    var subnets = try (spec.subnets ?? []).map { subnet throws(WherryError) in
      try NetworkSpecValidation.subnet(subnet)
    }
    for subnet in subnets {
      for other in all {
        guard let overlap = other.subnets.first(where: { $0.prefix.overlaps(subnet.prefix) }) else {
          continue
        }
        throw WherryError(
          .conflict, "subnet \(subnet.prefix) overlaps \(overlap.prefix) of network \(other.name)",
          hint: "give another --subnet")
      }
      if driver == .bridge {
        let routes = try await pool.run { [driver = self.driver] () throws(WherryError) in try driver.routes()
        }
        if let route = routes.first(where: { $0.length > 0 && $0.overlaps(subnet.prefix) }) {
          throw WherryError(
            .conflict, "subnet \(subnet.prefix) overlaps \(route), which the device has a route to",
            hint: "give another --subnet")
        }
      }
    }
    if !subnets.contains(where: { !$0.prefix.isIPv6 }) {
      guard driver == .bridge else {
        throw SpecValidation.invalid(
          "--subnet is needed with driver \(driver.rawValue)", hint: "give the parent's")
      }
      subnets.append(try AddressPool.subnet(avoiding: try await taken() + subnets.map(\.prefix)))
    }
    var generator = SystemRandomNumberGenerator()
    if spec.ipv6 ?? true, driver == .bridge, !subnets.contains(where: \.prefix.isIPv6),
      let local = AddressPool.uniqueLocal(using: &generator)
    {
      subnets.append(local)
    }
    return NetworkDefinition(
      id: ContainerID.random().rawValue, name: spec.name, driver: driver, created: .now(),
      subnets: subnets.sorted { !$0.prefix.isIPv6 && $1.prefix.isIPv6 }, isInternal: spec.internal ?? false,
      labels: spec.labels ?? [:], options: spec.options ?? [:])
  }

  /// The containers that have a place in a network, running or not.
  func members(_ network: NetworkDefinition) -> [ContainerEntry] {
    table.entries.filter { $0.record.endpoints?.contains { $0.networkID == network.id } ?? false }
  }

  package func remove(_ reference: String) async throws -> String {
    if Self.predefined.contains(reference) { throw Self.isPredefined(reference) }
    return try await lane.run {
      let network = try find(reference)
      if Self.predefined.contains(network.name) { throw Self.isPredefined(network.name) }
      let names = members(network).map(\.record.name).sorted()
      let leased = state.withLock { $0.leases[network.id]?.isEmpty == false }
      guard names.isEmpty, !leased else {
        throw WherryError(
          .conflict, "network \(network.name) is in use by \(names.prefix(5).joined(separator: ", "))",
          hint: "remove or disconnect these containers first")
      }
      try await pool.run { [store] () throws(WherryError) in try store.networks.remove(network.name) }
      state.withLock {
        $0.definitions[network.name] = nil
        $0.leases[network.id] = nil
      }
      record("destroy", network)
      return network.name
    }
  }

  private static func isPredefined(_ name: String) -> WherryError {
    WherryError(.permissionDenied, "\(name) is a pre-defined network and cannot be removed")
  }

  /// Removes the networks that no container is of.
  package func prune(filters: [String: [String]], dryRun: Bool = false) async throws -> [String] {
    try FilterNames.check(filters, known: ["label", "label!", "until"])
    let labels = try PruneFilters(filters)
    var deleted: [String] = []
    for network in all where !Self.predefined.contains(network.name) && members(network).isEmpty {
      guard labels.matches(labels: network.labels, created: network.created) else { continue }
      do {
        deleted.append(dryRun ? network.name : try await remove(network.id))
      } catch {
        // Somebody has just taken it.
        guard WherryError.wrapping(error).code == .conflict else { throw error }
      }
    }
    if !dryRun { events.recordPrune("network", reclaimed: 0) }
    return deleted
  }

  package func list(filters: [String: [String]]) async throws -> [NetworkDefinition] {
    try FilterNames.check(filters, known: ["driver", "id", "label", "name", "type", "dangling", "scope"])
    try await ensureDefault()
    func any(_ key: String, _ test: (String) -> Bool) -> Bool {
      filters[key].map { $0.isEmpty || $0.contains(where: test) } ?? true
    }
    return (all + Self.builtIn).sorted { $0.name < $1.name }.filter { network in
      any("driver") { Self.driverName(network) == $0 } && any("id") { network.id.hasPrefix($0) }
        && any("name") { network.name.contains($0) } && any("scope") { $0 == "local" }
        && any("type") { ($0 == "custom") != Self.predefined.contains(network.name) }
        && any("dangling") { ($0 == "true" || $0 == "1") == members(network).isEmpty }
        && (filters["label"] ?? []).allSatisfy { ContainerFilters.hasLabel(network.labels, $0) }
    }
  }

  /// Not networks that anything is made for, but Docker lists them.
  package static let builtIn = ["host", "none"].map { name in
    NetworkDefinition(id: Digest.sha256(of: name.utf8).hex, name: name, subnets: [])
  }

  package static func driverName(_ network: NetworkDefinition) -> String {
    switch network.name {
    case "host": "host"
    case "none": "null"
    default: network.driver.rawValue
    }
  }

  package func inspect(_ reference: String) async throws -> NetworkDefinition {
    if reference == NetworkDefinition.defaultName { try await ensureDefault() }
    if let found = Self.builtIn.first(where: { $0.name == reference || $0.id == reference }) { return found }
    return try find(reference)
  }
}
