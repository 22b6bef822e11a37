import Synchronization
import WherryLinux
import WherryModel
package import WherryWire

extension Containers {
  /// Connects a container, running or not, to one more network; durable when it returns.
  package func connect(_ reference: String, to attachment: NetworkAttachment) async throws {
    try NetworkValidation.validate(attachment)
    let networks = context.networks
    if attachment.name == NetworkDefinition.defaultName { try await networks.ensureDefault() }
    let network = try networks.find(attachment.name)
    var wanted = attachment
    wanted.name = network.name
    try await changeNetworks(of: reference) { [wanted] record in
      guard case .networks = NetworkChoice.recorded(record) else {
        throw WherryError(
          .failedPrecondition,
          "container \(record.name) has \(ContainerRecordFacts.network(record)) for a network: no other can be added",
          hint: "create it again with --network \(network.name)")
      }
      guard !(record.endpoints ?? []).contains(where: { $0.networkID == network.id }) else {
        throw WherryError(
          .conflict, "container \(record.name) is already connected to network \(network.name)",
          hint: "wherry network disconnect \(network.name) \(record.name) takes it away")
      }
      let id = try ContainerID(record.id)
      let lease = try networks.lease([wanted], for: id)
      record.endpoints = EndpointRecord.named((record.endpoints ?? []) + lease)
      record.spec.networks = (record.spec.networks ?? []) + [wanted]
      return LeaseChange(taken: lease)
    }
  }

  /// Takes a container, running or not, off a network; durable when it returns.
  package func disconnect(_ reference: String, from name: String, force: Bool) async throws {
    let networks = context.networks
    let network = try networks.find(name)
    try await changeNetworks(of: reference) { record in
      guard let gone = (record.endpoints ?? []).first(where: { $0.networkID == network.id }) else {
        throw WherryError(
          .failedPrecondition, "container \(record.name) is not connected to network \(network.name)",
          hint: "wherry inspect \(record.name) lists its networks")
      }
      // Named before one goes: the others keep the interfaces they have.
      record.endpoints = EndpointRecord.named(record.endpoints ?? [])
      record.endpoints?.removeAll { $0.networkID == network.id }
      record.spec.networks?.removeAll { $0.name == network.name }
      return LeaseChange(given: [gone])
    }
  }

  /// Addresses that a change of a record takes, or gives back once it is done.
  private struct LeaseChange {
    var taken: [EndpointRecord] = []
    var given: [EndpointRecord] = []
  }

  /// `change` alters the record. Where the container's network cannot follow, the record is what it was.
  private func changeNetworks(
    of reference: String, _ change: @escaping @Sendable (inout ContainerRecord) throws -> LeaseChange
  ) async throws {
    let entry = try context.table.find(reference)
    let context = self.context
    _ = try await operate(entry, nil)
    try await entry.lane.run {
      try await Shield.run {
        let old = entry.record
        var record = old
        switch entry.state {
        case .removing, .dead, .removed, .starting, .stopping:
          throw WherryError(.conflict, "container \(record.name) is being changed: try again")
        default: break
        }
        let leases = try change(&record)
        do {
          try await context.records.write(record, for: entry.id)
          _ = try entry.handle(.reconnected(networks: record.spec.networks, endpoints: record.endpoints))
        } catch {
          context.networks.release(leases.taken)
          throw error
        }
        do {
          if context.networks.isSetUp(entry.id) {
            try await context.networks.reconnect(record, entry.id, from: old)
          }
        } catch {
          do {
            try await context.records.write(old, for: entry.id)
            _ = try entry.handle(.reconnected(networks: old.spec.networks, endpoints: old.endpoints))
            context.networks.release(leases.taken)
          } catch {
            context.settings.report("networks of container \(old.name): \(error), ignoring")
          }
          throw error
        }
        context.networks.release(leases.given)
      }
    }
  }
}

extension Networks {
  /// Brings a running container's network to what its record says now, or leaves it as `old` says.
  func reconnect(_ record: ContainerRecord, _ id: ContainerID, from old: ContainerRecord) async throws {
    let endpoints = record.endpoints ?? []
    try await lane.run {
      guard let before = sandbox(of: id) else { return }
      var after = sandbox(id, name: record.name, endpoints: endpoints, forwards: before.forwards)
      (after.users, after.servers) = (before.users, before.servers)
      do {
        try await change(before, to: after, endpoints)
      } catch {
        do {
          try await change(after, to: before, EndpointRecord.named(old.endpoints ?? []))
        } catch {
          report("network of container \(old.name): \(error), ignoring")
        }
        throw error
      }
      for endpoint in before.endpoints(notIn: after) {
        self.record("disconnect", endpoint.network, ["container": id.rawValue])
      }
      for endpoint in after.endpoints(notIn: before) {
        self.record("connect", endpoint.network, ["container": id.rawValue])
      }
    }
  }

  /// In the lane.
  private func change(_ before: SandboxPlan, to after: SandboxPlan, _ endpoints: [EndpointRecord])
    async throws
  {
    let (driver, run) = (driver, run)
    state.withLock { $0.sandboxes[after.id] = after }
    try await pool.run { () throws(WherryError) in
      for endpoint in before.endpoints(notIn: after) { try driver.disconnect(endpoint, of: after.id) }
      try WherryError.converting { () throws(SystemError) in
        try SandboxFile.write(run, after.id, SandboxFile(endpoints: endpoints, forwards: after.forwards))
      }
      try driver.connect(after)
    }
    try await apply()
  }
}

extension SandboxPlan {
  fileprivate func endpoints(notIn other: SandboxPlan) -> [EndpointPlan] {
    endpoints.filter { endpoint in !other.endpoints.contains { $0.network.id == endpoint.network.id } }
  }
}
