import WherryLinux
import WherryModel
import WherryWire

extension Containers {
  /// Waits, as long as the container asks for, until all its devices are there; at once where it runs. Whether they are
  /// then, the launch sees. Not in the container's lane: a stop or a removal ends the wait, with `conflict`.
  func waitForDevices(of entry: ContainerEntry) async throws {
    guard mayWaitForDevices(entry) else { return }
    let begun = entry.interruptions
    _ = try await operate(entry, nil)
    let interval = 200
    var left = (entry.record.spec.deviceWait ?? 0) * 1000 / UInt64(interval)
    while left > 0, entry.state == .created || entry.state == .exited, try await isDeviceMissing(entry) {
      left -= 1
      try await context.settings.sleep(.milliseconds(interval))
      guard entry.interruptions == begun else {
        throw WherryError(
          .conflict,
          "container \(entry.record.name) was stopped or removed while its start waited for a device")
      }
    }
  }

  func mayWaitForDevices(_ entry: ContainerEntry) -> Bool {
    let spec = entry.record.spec
    return spec.deviceWait ?? 0 > 0 && !(spec.devices ?? []).isEmpty
  }

  private func isDeviceMissing(_ entry: ContainerEntry) async throws -> Bool {
    let devices = entry.record.spec.devices ?? []
    return try await context.pool.run { () throws(SystemError) in
      for device in devices where try Files.statusIfPresent(device.path, following: true) == nil {
        return true
      }
      return false
    }
  }

  /// Starts it where it does not run, once its devices are there.
  func begin(
    _ entry: ContainerEntry, _ event: ContainerMachine.Event = .startRequested, isAttached: Bool = false
  ) async throws -> (any AttachedSession)? {
    try await waitForDevices(of: entry)
    return try await operate(entry, event, isAttached: isAttached)
  }
}
