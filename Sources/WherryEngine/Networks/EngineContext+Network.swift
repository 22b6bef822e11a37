import WherryLinux
import WherryModel
import WherryStore
import WherryWire

extension EngineContext {
  /// Makes the network of a container about to be started.
  func runtimeNetwork(of record: ContainerRecord, id: ContainerID) async throws -> RuntimeNetwork {
    switch NetworkChoice.recorded(record) {
    case .none: return .fresh
    case .host: return .host
    case .container(let reference): return try await network(ofContainer: reference, for: record, id)
    case .networks:
      try await freePorts(of: record.spec)
      try await networks.setUp(record, id)
      return .path(networks.driver.namespace(of: id))
    }
  }

  /// Nobody may have looked yet since a container ended that had a port: it does not keep it from the next.
  private func freePorts(of spec: ContainerSpec) async throws {
    let wanted = Set((spec.ports ?? []).compactMap(\.hostPort))
    guard !wanted.isEmpty else { return }
    for id in networks.holders(of: wanted) {
      guard let entry = table.entry(id), entry.state == nil || entry.state == .running else { continue }
      switch try await supervisor.observe(id) {
      case .running, .restarting: continue
      case .exited, .absent:
        await endNetwork(of: entry.record, id: id)
        noticed(id)
      }
    }
  }

  /// The container whose network namespace one joins as that of a process. One that is connected to networks has a
  /// namespace that is pinned where it stays, and one on the device's network has none.
  func joinedNetwork(of record: ContainerRecord) -> ContainerID? {
    guard case .container(let reference) = NetworkChoice.recorded(record) else { return nil }
    let other: ContainerEntry
    do { other = try table.find(reference) } catch { return nil }
    switch NetworkChoice.recorded(other.record) {
    case .none, .container: return other.id
    case .host, .networks: return nil
    }
  }

  private func network(
    ofContainer reference: String, for record: ContainerRecord, _ id: ContainerID
  ) async throws -> RuntimeNetwork {
    // Bound by `prepareNamespaces`.
    if joinedNetwork(of: record) != nil { return .path(run.namespace(id, "net")) }
    let other = try table.find(reference)
    guard case .running = try await supervisor.observe(other.id) else {
      throw WherryError(
        .failedPrecondition,
        "container \(record.name) cannot join the network of \(other.record.name), which is not running",
        hint: "wherry start \(other.record.name)")
    }
    if ContainerRecordFacts.network(other.record) == "host" { return .host }
    guard networks.isSetUp(other.id) else {
      throw WherryError(
        .failedPrecondition,
        "container \(record.name) cannot join the network of \(other.record.name), which is not set up",
        hint: "wherry restart \(other.record.name)")
    }
    return .path(networks.driver.namespace(of: other.id))
  }

  /// Takes a container's network down, unless its policy starts it again at once.
  func endNetwork(of record: ContainerRecord, id: ContainerID) async {
    if !supervisor.appliesRestartPolicy, RestorePolicy.shouldRestart(record) { return }
    await networks.tearDown(id)
  }

  /// The folder of files of the container whose network this one shares.
  func sharedFiles(of record: ContainerRecord) -> ContainerID? {
    guard case .container(let reference) = NetworkChoice.recorded(record) else { return nil }
    do { return try table.find(reference).id } catch { return nil }
  }
}
