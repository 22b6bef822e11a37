package import WherryModel

extension Containers {
  package struct Sample: Sendable {
    package var id: ContainerID
    package var name: String
    package var usage: ResourceUsage
  }

  /// What the named containers use now, or all that run. One that has ended meanwhile is left out; a name that is
  /// unknown is `notFound`.
  package func usage(of references: [String]) async throws -> [Sample] {
    let entries = try references.isEmpty ? context.table.entries : references.map(context.table.find)
    var samples: [Sample] = []
    for entry in entries where entry.state != .created {
      do {
        let usage = try await context.supervisor.usage(entry.id)
        samples.append(Sample(id: entry.id, name: entry.record.name, usage: usage))
      } catch let error as WherryError where error.code == .failedPrecondition {
        continue
      }
    }
    return samples.sorted { $0.name < $1.name }
  }

  package func processes(_ reference: String) async throws -> [ProcessEntry] {
    let entry = try context.table.find(reference)
    do {
      let processes = try await context.supervisor.processes(entry.id)
      context.record("top", of: entry)
      return processes
    } catch let error as WherryError where error.code == .failedPrecondition {
      throw WherryError(
        .failedPrecondition, "container \(entry.record.name) is not running",
        hint: "wherry start \(entry.record.name)")
    }
  }
}
