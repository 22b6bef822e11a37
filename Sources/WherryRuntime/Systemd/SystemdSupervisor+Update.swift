package import WherryEngine
import WherryLinux
package import WherryModel
import WherrySystemd

extension SystemdSupervisor {
  package func update(_ id: ContainerID, _ change: ContainerChange) async throws {
    let unit = UnitPlan.unit(id)
    let properties = LimitPlan.changes(change)
    if !properties.isEmpty { try await bus.setUnitProperties(unit, properties) }
    guard let restart = change.restart else { return }
    let path = files(id).unit
    try WherryError.converting("change the restart policy of container \(id.short)") {
      () throws(SystemError) in
      guard var facts = try UnitFacts.read(path) else { return }
      facts.restart = restart
      try Files.replace(path, Array(facts.text.utf8))
    }
    // SetUnitProperties cannot change Restart= (systemd 252); a file beside the transient unit's own can. systemd
    // deletes it together with the unit: the next start has the policy of the record.
    let dropIn = RestartDropIn(unit: unit)
    try await pool.run {
      try WherryError.converting("change the restart policy of container \(id.short)") {
        () throws(SystemError) in
        try dropIn.write(RestartPlan(restart))
      }
    }
    try await bus.reload()
    // The unit may have gone before there was a file to go with it.
    guard try await bus.status(unit) == nil else { return }
    try await pool.run { () throws(SystemError) in try dropIn.remove() }
  }
}
