import Synchronization
import WherryCBOR
import WherryLinux
package import WherryModel
import WherryStore
import WherryWire

/// The networks of the device, and what connects containers to them.
package final class Networks: Sendable {
  struct State {
    var definitions: [String: NetworkDefinition] = [:]
    /// By the network's ID.
    var leases: [String: [IPAddress: ContainerID]] = [:]
    /// What is set up.
    var sandboxes: [ContainerID: SandboxPlan] = [:]
    /// Those that wait to be taken down.
    var leaving: Set<ContainerID> = []
    /// The device's, as they were when the plan was last applied.
    var servers: [IPAddress] = []
  }

  let store: Store
  let run: RunDirectory
  let pool: BlockingPool
  let driver: any NetworkDriver
  let table: ContainerTable
  let events: EventLog
  let settings: EngineSettings
  /// One change of networks at a time: rules are written whole.
  let lane = SerialLane()
  let state = Mutex(State())

  init(
    store: Store, run: RunDirectory, pool: BlockingPool, driver: any NetworkDriver, table: ContainerTable,
    events: EventLog, settings: EngineSettings
  ) {
    self.store = store
    self.run = run
    self.pool = pool
    self.driver = driver
    self.table = table
    self.events = events
    self.settings = settings
  }

  /// Networks' records, the leases that containers' records hold, and what is set up.
  func load(_ containers: [(id: ContainerID, record: ContainerRecord)]) async throws {
    let (store, run) = (store, run)
    let definitions = try await pool.run { () throws(WherryError) in
      try store.networks.all { (name, payload) throws(WherryError) in
        let record: NetworkRecord
        do {
          var reader = CBORReader(payload)
          record = try NetworkRecord(from: &reader)
          try reader.requireEnd()
        } catch {
          throw WherryError(.dataLoss, "network record cannot be read: \(error)", cause: error)
        }
        guard record.name == name else {
          throw WherryError(.dataLoss, "network \(name) holds the record of another")
        }
        return try NetworkDefinition(record)
      }
    }
    state.withLock { state in
      for definition in definitions { state.definitions[definition.name] = definition }
      for (id, record) in containers {
        for endpoint in record.endpoints ?? [] {
          for address in endpoint.addresses { state.leases[endpoint.networkID, default: [:]][address] = id }
        }
      }
    }
    let files = try await pool.run { () throws(SystemError) in try SandboxFile.all(run) }
    let known = Dictionary(containers.map { ($0.id, $0.record) }, uniquingKeysWith: { first, _ in first })
    for (id, file) in files {
      let name = known[id]?.name ?? id.short
      var plan = sandbox(id, name: name, endpoints: file.endpoints, forwards: file.forwards)
      plan.servers = known[id]?.nameServers ?? []
      state.withLock { $0.sandboxes[id] = plan }
    }
  }

  /// Takes down what containers that are gone have left, and makes rules whole that somebody has flushed.
  func recover() async {
    let orphans = state.withLock { Array($0.sandboxes.keys) }.filter { table.entry($0) == nil }
    for id in orphans { await tearDown(id) }
    guard state.withLock({ !$0.sandboxes.isEmpty }) else { return }
    do {
      try await lane.run { try await self.apply() }
    } catch {
      report("networks: \(error), ignoring")
    }
  }

  func report(_ problem: String) { settings.report(problem) }

  // MARK: Names

  package var all: [NetworkDefinition] {
    state.withLock { $0.definitions.values.sorted { $0.name < $1.name } }
  }

  /// By name, ID, or a prefix of the ID that only one has.
  package func find(_ reference: String) throws(WherryError) -> NetworkDefinition {
    try state.withLock { state throws(WherryError) in
      if let found = state.definitions[reference] { return found }
      if Hex.isLowercase(reference), !reference.isEmpty {
        let matches = state.definitions.values.filter { $0.id.hasPrefix(reference) }
        if matches.count > 1 {
          throw WherryError(
            .invalidArgument, "network ID prefix \(reference) is ambiguous",
            hint: "give more digits of the ID")
        }
        if let found = matches.first { return found }
      }
      throw WherryError(
        .notFound, "network \(Printable.text(reference)) not found",
        hint: "wherry network ls lists the networks; wherry network create makes one")
    }
  }

  /// Makes the default network's definition where it is needed for the first time.
  package func ensureDefault() async throws {
    guard state.withLock({ $0.definitions[NetworkDefinition.defaultName] == nil }) else { return }
    try await lane.run {
      guard state.withLock({ $0.definitions[NetworkDefinition.defaultName] == nil }) else { return }
      let subnet = try AddressPool.defaultSubnet(avoiding: try await taken())
      try await add(
        NetworkDefinition(
          id: ContainerID.random().rawValue, name: NetworkDefinition.defaultName, created: .now(),
          subnets: [subnet]))
    }
  }

  /// Blocks of addresses that a new network must keep away from.
  func taken() async throws -> [IPPrefix] {
    let driver = driver
    let routes = try await pool.run { () throws(WherryError) in try driver.routes() }
    return routes + all.flatMap { $0.subnets.map(\.prefix) }
  }

  /// Durable before anybody can see it.
  func add(_ definition: NetworkDefinition) async throws {
    var writer = CBORWriter()
    definition.record.encode(to: &writer)
    let payload = writer.bytes
    try await pool.run { [store] () throws(WherryError) in
      try store.networks.write(definition.name, payload)
    }
    state.withLock { $0.definitions[definition.name] = definition }
  }

  func record(_ action: String, _ network: NetworkDefinition, _ more: [String: String] = [:]) {
    var attributes = ["name": network.name, "type": network.driver.rawValue]
    attributes.merge(more) { $1 }
    events.record(
      Event(time: .now(), type: "network", action: action, id: network.id, attributes: attributes))
  }
}

extension ContainerRecord {
  /// Those it was created with.
  var nameServers: [IPAddress] { (spec.dns ?? []).compactMap { IPAddress($0) } }
}

extension EndpointRecord {
  var addresses: [IPAddress] { [ipv4, ipv6].compactMap { $0.flatMap { IPAddress($0) } } }
}
