import WherryLinux
import WherryModel
import WherryWire

extension Containers {
  static let maximumRequirements = 64

  /// Of a container about to be created. Throws `notFound` for one that there is not, `invalidArgument` for a cycle.
  func checkRequirements(_ spec: ContainerSpec, _ id: ContainerID) throws(WherryError) {
    let required = spec.requires ?? []
    var joined = Set((spec.joinedNamespaces ?? [:]).values)
    if case .container(let reference) = try NetworkChoice(spec.networks ?? []) { joined.insert(reference) }
    guard !required.isEmpty || !joined.isEmpty else { return }
    guard required.count <= Self.maximumRequirements else {
      throw SpecValidation.invalid("--requires: more than \(Self.maximumRequirements) containers")
    }
    var graph = requirements()
    graph.edges[id] = []
    for name in required {
      // Its own name finds nothing yet; another may ask for that name already.
      if name == spec.name {
        throw SpecValidation.invalid("--requires: \(Printable.text(name)) would require itself")
      }
      graph.edges[id]?.append(try context.table.find(name).id)
    }
    for other in joined { graph.edges[id]?.append(try context.table.find(other).id) }
    for entry in context.table.entries where (entry.record.spec.requires ?? []).contains(spec.name ?? "") {
      graph.edges[entry.id, default: []].append(id)
    }
    if let cycle = graph.cycle(from: id) {
      let names = cycle.map {
        $0 == id ? spec.name ?? id.short : context.table.entry($0)?.record.name ?? $0.short
      }
      throw SpecValidation.invalid(
        "--requires: a cycle: \(names.joined(separator: " -> "))", hint: "leave one of them out")
    }
  }

  /// Starts what a container requires, and what that requires, where it does not run yet.
  func startRequirements(of entry: ContainerEntry) async throws {
    guard let names = entry.record.spec.requires, !names.isEmpty else { return }
    // One that is gone by now is named.
    for name in names { _ = try context.table.find(name) }
    guard let order = requirements().order(before: entry.id) else {
      throw WherryError(
        .failedPrecondition, "container \(entry.record.name) requires itself in a circle",
        hint: "create it again without --requires")
    }
    for id in order {
      guard let required = context.table.entry(id) else { continue }
      do {
        _ = try await begin(required)
        try await waitUntilReady(required)
      } catch {
        let cause = WherryError.wrapping(error)
        throw WherryError(
          cause.code == .commandNotFound || cause.code == .commandNotExecutable
            ? .failedPrecondition : cause.code,
          "container \(entry.record.name) requires \(required.record.name), which does not start: "
            + cause.message, hint: cause.hint, cause: cause)
      }
    }
  }

  /// Whom each container needs; names that nobody has are left out.
  func requirements() -> RequirementGraph {
    var edges: [ContainerID: [ContainerID]] = [:]
    for entry in context.table.entries {
      let record = entry.record
      // Also one whose network is pinned, and gone while it does not run.
      let needed =
        context.requirements(of: record) + context.joinedContainers(of: record).map(\.id)
        + [context.sharedFiles(of: record)].compactMap(\.self)
      if !needed.isEmpty { edges[entry.id] = needed }
    }
    return RequirementGraph(edges)
  }
}

extension EngineContext {
  func requirements(of record: ContainerRecord) -> [ContainerID] {
    (record.spec.requires ?? []).compactMap { name in
      do { return try table.find(name).id } catch { return nil }
    }
  }
}
