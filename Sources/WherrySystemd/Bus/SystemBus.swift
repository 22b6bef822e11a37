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
      // Each property is answered for itself: once more where it has changed meanwhile.
      for _ in 0..<4 {
        let (status, isConsistent) = try UnitStatus.read(connection, name)
        if isConsistent { return status }
      }
      return try UnitStatus.read(connection, name).status
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
  private static func unit(_ name: String) -> BusProperty {
    BusProperty(interface: "org.freedesktop.systemd1.Unit", name: name, type: "s")
  }

  private static func service(_ name: String, _ type: Character) -> BusProperty {
    BusProperty(interface: "org.freedesktop.systemd1.Service", name: name, type: type)
  }

  private static let properties: [BusProperty] = [
    unit("LoadState"), unit("ActiveState"), unit("SubState"), service("Result", "s"), service("MainPID", "u"),
    service("ExecMainCode", "i"), service("ExecMainStatus", "i"), service("ExecMainStartTimestamp", "t"),
    service("ExecMainExitTimestamp", "t"), service("NRestarts", "u"), service("ControlGroup", "s"),
    service("KillSignal", "i"), service("TimeoutStopUSec", "t"), service("Restart", "s"),
    // Again, for what has changed in between.
    service("MainPID", "u"), unit("SubState"),
  ]

  private static func path(_ name: String) throws(BusError) -> String {
    var encoded: UnsafeMutablePointer<CChar>?
    let result = sd_bus_path_encode("/org/freedesktop/systemd1/unit", name, &encoded)
    guard result >= 0, let encoded else { throw BusError(errno: -result) }
    defer { free(encoded) }
    return String(cString: encoded)
  }

  /// Nil where no such unit is loaded. Not consistent where it has changed while it was read.
  fileprivate static func read(
    _ connection: BusConnection, _ name: String
  ) throws(BusError) -> (status: UnitStatus?, isConsistent: Bool) {
    let values = try connection.values(try path(name), properties)
    if values[0].text == "not-found" { return (nil, true) }
    let status = UnitStatus(
      activeState: values[1].text, subState: values[2].text, result: values[3].text,
      mainPID: UInt32(truncatingIfNeeded: values[4].number),
      mainCode: Int32(truncatingIfNeeded: values[5].number),
      mainStatus: Int32(truncatingIfNeeded: values[6].number), mainStarted: values[7].number,
      mainExited: values[8].number, restarts: UInt32(truncatingIfNeeded: values[9].number),
      controlGroup: values[10].text, killSignal: Int32(truncatingIfNeeded: values[11].number),
      stopTimeout: values[12].number, restartPolicy: values[13].text)
    return (status, values[14] == values[4] && values[15] == values[2])
  }
}
