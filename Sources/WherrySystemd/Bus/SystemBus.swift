import CLibSystemd
import Glibc
package import WherryLinux
import WherryModel

/// systemd's manager, org.freedesktop.systemd1(5). Every operation has a connection of its own:
/// they are rare, and an idle daemon then holds none.
package struct SystemBus: Sendable {
  /// How a job ended.
  package struct JobResult: RawRepresentable, Hashable, Sendable {
    package var rawValue: String

    package init(rawValue: String) {
      self.rawValue = rawValue
    }

    package static let done = Self(rawValue: "done")
    package static let failed = Self(rawValue: "failed")
    package static let canceled = Self(rawValue: "canceled")
    package static let timeout = Self(rawValue: "timeout")
  }

  private let pool: BlockingPool

  package init(pool: BlockingPool) {
    self.pool = pool
  }

  /// Makes and starts the unit; returns when its start job has ended, well or not.
  /// Throws `conflict` where a unit of that name exists.
  package func startTransientUnit(_ name: String, _ properties: [UnitProperty]) async throws -> JobResult {
    try await runJob("start", name) { connection throws(BusError) in
      let call = try connection.message(
        BusConnection.managerPath, BusConnection.managerInterface, "StartTransientUnit")
      try call.append(name)
      try call.append("fail")
      try call.container("a", "(sv)") { () throws(BusError) in
        for property in properties { try call.append(property) }
      }
      try call.container("a", "(sa(sv))") { () throws(BusError) in }
      return try connection.call(call).readText("o")
    }
  }

  /// Stops the unit and returns when it is down. False where there is no such unit.
  @discardableResult
  package func stopUnit(_ name: String) async throws -> Bool {
    do {
      _ = try await runJob("stop", name) { connection throws(BusError) in
        let call = try connection.message(
          BusConnection.managerPath, BusConnection.managerInterface, "StopUnit")
        try call.append(name)
        try call.append("replace")
        return try connection.call(call).readText("o")
      }
      return true
    } catch let error as WherryError where error.code == .notFound {
      return false
    }
  }

  /// Sends a signal to the unit's main process (`main`) or all its processes (`all`).
  /// False where there is no such unit or no such process.
  @discardableResult
  package func killUnit(_ name: String, whom: String, signal: Int32) async throws -> Bool {
    try await onPool("signal", name) { connection throws(BusError) in
      let call = try connection.message(
        BusConnection.managerPath, BusConnection.managerInterface, "KillUnit")
      try call.append(name)
      try call.append(whom)
      try call.append("i", signal)
      do throws(BusError) {
        _ = try connection.call(call)
        return true
      } catch {
        if error.isNoSuchUnit || error.name == "org.freedesktop.systemd1.NoSuchProcess"
          || error.errno == ESRCH
        {
          return false
        }
        throw error
      }
    }
  }

  /// Stops the processes of a unit where they are, or lets them go on.
  package func setFrozen(_ name: String, _ isFrozen: Bool) async throws {
    let method = isFrozen ? "FreezeUnit" : "ThawUnit"
    try await onPool(isFrozen ? "freeze" : "thaw", name) { connection throws(BusError) in
      let call = try connection.message(BusConnection.managerPath, BusConnection.managerInterface, method)
      try call.append(name)
      _ = try connection.call(call)
    }
  }

  /// Changes properties of a unit that is loaded, until it is gone.
  package func setUnitProperties(_ name: String, _ properties: [UnitProperty]) async throws {
    try await onPool("change", name) { connection throws(BusError) in
      let call = try connection.message(
        BusConnection.managerPath, BusConnection.managerInterface, "SetUnitProperties")
      try call.append(name)
      try call.append("b", Int32(1))
      try call.container("a", "(sv)") { () throws(BusError) in
        for property in properties { try call.append(property) }
      }
      _ = try connection.call(call)
    }
  }

  /// Lets systemd read all unit files again, `systemctl daemon-reload`.
  package func reload() async throws {
    try await onPool("reload", "units") { connection throws(BusError) in
      _ = try connection.call(
        try connection.message(BusConnection.managerPath, BusConnection.managerInterface, "Reload"))
    }
  }

  /// Forgets that the unit failed, so that it is unloaded. False where there is no such unit.
  @discardableResult
  package func resetFailedUnit(_ name: String) async throws -> Bool {
    try await onPool("reset", name) { connection throws(BusError) in
      let call = try connection.message(
        BusConnection.managerPath, BusConnection.managerInterface, "ResetFailedUnit")
      try call.append(name)
      do throws(BusError) {
        _ = try connection.call(call)
        return true
      } catch {
        if error.isNoSuchUnit { return false }
        throw error
      }
    }
  }

  /// Nil where no such unit is loaded.
  package func status(_ name: String) async throws -> UnitStatus? {
    try await onPool("read state of", name) { connection throws(BusError) in
      // Properties are read one by one: once more where it has changed meanwhile.
      for _ in 0..<4 {
        guard let status = try UnitStatus(connection, name) else { return nil }
        if try status.isCurrent(connection, name) { return status }
      }
      return try UnitStatus(connection, name)
    }
  }

  /// systemd's version, such as `252.39-1~deb12u2`.
  package func version() async throws -> String {
    try await onPool("read", "version") { connection throws(BusError) in
      try connection.text(BusConnection.managerPath, BusConnection.managerInterface, "Version")
    }
  }

  func onPool<Value: Sendable>(
    _ operation: String, _ unit: String,
    _ body: @escaping @Sendable (BusConnection) throws(BusError) -> Value
  ) async throws(WherryError) -> Value {
    try await pool.run { () throws(WherryError) -> Value in
      do throws(BusError) {
        return try body(try BusConnection())
      } catch {
        throw error.wherryError(operation, unit)
      }
    }
  }

  /// `body` queues a job and gives its path; the job may take as long as it likes.
  private func runJob(
    _ operation: String, _ unit: String,
    _ body: @escaping @Sendable (BusConnection) throws(BusError) -> String
  ) async throws -> JobResult {
    let (connection, job) = try await pool.run { () throws(WherryError) -> (BusConnection, String) in
      do throws(BusError) {
        let connection = try BusConnection()
        try connection.subscribe()
        return (connection, try body(connection))
      } catch {
        if error.isNoSuchUnit {
          throw WherryError(.notFound, "systemd: no unit \(unit)", cause: error)
        }
        if error.isUnitExists {
          throw WherryError(.conflict, "systemd: unit \(unit) exists already", cause: error)
        }
        throw error.wherryError(operation, unit)
      }
    }
    while true {
      do throws(BusError) {
        while let message = try connection.nextMessage() {
          guard message.isSignal(BusConnection.managerInterface, "JobRemoved") else { continue }
          // JobRemoved(u id, o job, s unit, s result)
          try message.skip("u")
          guard try message.readText("o") == job else { continue }
          try message.skip("s")
          return JobResult(rawValue: try message.readText())
        }
      } catch {
        throw error.wherryError("wait for the job of", unit)
      }
      try await Readiness.shared.wait(connection.descriptor, for: .readable)
    }
  }
}

extension UnitStatus {
  private static let unit = "org.freedesktop.systemd1.Unit"
  private static let service = "org.freedesktop.systemd1.Service"

  private static func path(_ name: String) throws(BusError) -> String {
    var encoded: UnsafeMutablePointer<CChar>?
    let result = sd_bus_path_encode("/org/freedesktop/systemd1/unit", name, &encoded)
    guard result >= 0, let encoded else { throw BusError(errno: -result) }
    defer { free(encoded) }
    return String(cString: encoded)
  }

  fileprivate func isCurrent(_ connection: BusConnection, _ name: String) throws(BusError) -> Bool {
    let path = try Self.path(name)
    guard try connection.text(path, Self.unit, "SubState") == subState else { return false }
    return try connection.number(path, Self.service, "MainPID", "u") == mainPID
  }

  fileprivate init?(_ connection: BusConnection, _ name: String) throws(BusError) {
    let path = try Self.path(name)
    let (unit, service) = (Self.unit, Self.service)
    if try connection.text(path, unit, "LoadState") == "not-found" { return nil }
    self.init(
      activeState: try connection.text(path, unit, "ActiveState"),
      subState: try connection.text(path, unit, "SubState"),
      result: try connection.text(path, service, "Result"),
      mainPID: try connection.number(path, service, "MainPID", "u"),
      mainCode: try connection.number(path, service, "ExecMainCode", "i"),
      mainStatus: try connection.number(path, service, "ExecMainStatus", "i"),
      mainStarted: try connection.number(path, service, "ExecMainStartTimestamp", "t"),
      mainExited: try connection.number(path, service, "ExecMainExitTimestamp", "t"),
      restarts: try connection.number(path, service, "NRestarts", "u"),
      controlGroup: try connection.text(path, service, "ControlGroup"),
      killSignal: try connection.number(path, service, "KillSignal", "i"),
      stopTimeout: try connection.number(path, service, "TimeoutStopUSec", "t"),
      restartPolicy: try connection.text(path, service, "Restart"))
  }
}
