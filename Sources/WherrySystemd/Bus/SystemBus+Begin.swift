import WherryLinux
package import WherryModel

/// Jobs that nobody waits for.
extension SystemBus {
  /// Makes and starts the unit together with another that it needs; one that is there already begins anew.
  package func beginTransientUnit(
    _ name: String, _ properties: [UnitProperty], with other: String, _ otherProperties: [UnitProperty]
  ) async throws {
    try await onPool("start", name) { connection throws(BusError) in
      let call = try connection.message(
        BusConnection.managerPath, BusConnection.managerInterface, "StartTransientUnit")
      try call.append(name)
      try call.append("replace")
      try call.container("a", "(sv)") { () throws(BusError) in
        for property in properties { try call.append(property) }
      }
      try call.container("a", "(sa(sv))") { () throws(BusError) in
        try call.container("r", "sa(sv)") { () throws(BusError) in
          try call.append(other)
          try call.container("a", "(sv)") { () throws(BusError) in
            for property in otherProperties { try call.append(property) }
          }
        }
      }
      do throws(BusError) {
        _ = try connection.call(call)
      } catch {
        guard error.isUnitExists else { throw error }
        try Self.begin("RestartUnit", name, connection)
      }
    }
  }

  /// Does nothing where there is no such unit.
  package func beginStop(_ name: String) async throws {
    try await onPool("stop", name) { connection throws(BusError) in try Self.stop(name, connection) }
  }

  /// As `beginStop`, for a process without tasks. Blocks until systemd has queued it.
  package static func beginStopBlocking(_ name: String) throws(WherryError) {
    do throws(BusError) {
      try stop(name, try BusConnection())
    } catch {
      throw error.wherryError("stop", name)
    }
  }

  /// Whether the device is being shut down. Blocks.
  package static func isStopping() throws(WherryError) -> Bool {
    do throws(BusError) {
      let connection = try BusConnection()
      return try connection.text(BusConnection.managerPath, BusConnection.managerInterface, "SystemState")
        == "stopping"
    } catch {
      throw error.wherryError("ask for the state of", "the system")
    }
  }

  private static func stop(_ name: String, _ connection: BusConnection) throws(BusError) {
    do throws(BusError) {
      try begin("StopUnit", name, connection)
    } catch {
      if !error.isNoSuchUnit { throw error }
    }
  }

  private static func begin(
    _ method: String, _ name: String, _ connection: BusConnection
  ) throws(BusError) {
    let call = try connection.message(BusConnection.managerPath, BusConnection.managerInterface, method)
    try call.append(name)
    try call.append("replace")
    _ = try connection.call(call)
  }
}
