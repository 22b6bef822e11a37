import WherryLinux
import WherryModel
package import WherryWire

extension Containers {
  /// Changes limits and restart policy of a container, and of its processes where it runs; durable when it returns.
  /// What is nil stays. Where it cannot be recorded the processes get back what they had.
  package func update(_ reference: String, resources: Resources?, restart: RestartPolicy?) async throws {
    let entry = try context.table.find(reference)
    let context = self.context
    _ = try await operate(entry, nil)
    try await entry.lane.run {
      try await Shield.run {
        var record = entry.record
        switch entry.state {
        case .removing, .dead, .removed:
          throw WherryError(.conflict, "container \(record.name) is being removed: it cannot be updated")
        default: break
        }
        let old = record.spec
        if let resources {
          record.spec.resources = try (old.resources ?? Resources()).changed(by: resources)
        }
        if let restart { record.spec.restart = restart }
        try SpecValidation.validate(record.spec, processors: context.settings.processors)
        try context.settings.limits.check(record.spec.resources ?? Resources())

        let isUp = try await self.isUp(entry)
        let (before, after) = (try context.limits(of: old), try context.limits(of: record.spec))
        let rule = restart.map { RestorePolicy.rule($0) }
        do {
          if isUp {
            try await context.supervisor.update(
              entry.id, ContainerChange(before: before, after: after, restart: rule))
          }
          try await context.records.write(record, for: entry.id)
          _ = try entry.handle(.updated(resources: record.spec.resources, restart: record.spec.restart))
          context.record("update", of: entry)
        } catch {
          if isUp {
            let back = ContainerChange(
              before: after, after: before, restart: rule.map { _ in RestorePolicy.rule(old.restart) })
            do { try await context.supervisor.update(entry.id, back) } catch {
              context.settings.report(
                "container \(record.name): taking back its update failed: \(error), ignoring")
            }
          }
          throw error
        }
      }
    }
  }
}
