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
    // SetUnitProperties cannot change Restart= (systemd 252); a file beside the transient unit's own can. systemd
    // deletes it together with the unit: the next start has the policy of the record.
    let folder = "/run/systemd/transient/\(unit).d"
    try await pool.run {
      try WherryError.converting("change the restart policy of container \(id.short)") {
        () throws(SystemError) in
        try Files.makeDirectories(folder, mode: 0o755)
        try Files.replace("\(folder)/60-restart.conf", Array(RestartPlan(restart).dropIn.utf8), mode: 0o644)
      }
    }
    try await bus.reload()
  }
}
