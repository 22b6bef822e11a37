import WherryLinux
import WherryModel

extension Containers {
  /// Gives a container another name; durable when it returns. Throws `conflict` where another has it.
  package func rename(_ reference: String, to text: String) async throws {
    let entry = try context.table.find(reference)
    let name = try ContainerName(text)
    let context = self.context
    _ = try await operate(entry, nil)
    try await entry.lane.run {
      try await Shield.run {
        var record = entry.record
        guard record.name != name.rawValue else {
          throw WherryError(.invalidArgument, "container \(name) has that name already")
        }
        let old = try context.table.rename(entry.id, to: name)
        record.name = name.rawValue
        do {
          try await context.records.write(record, for: entry.id)
          _ = try entry.handle(.renamed(name.rawValue))
          await context.networks.renamed(entry.id, to: name.rawValue)
          await context.renameTeller(of: record, id: entry.id)
          context.record("rename", of: entry, ["oldName": old.rawValue])
        } catch {
          _ = try context.table.rename(entry.id, to: old)
          throw error
        }
      }
    }
  }
}
