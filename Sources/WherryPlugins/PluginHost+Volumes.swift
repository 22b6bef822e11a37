import WherryEngine
import WherryModel
import WherryRPC
package import WherryWire

extension PluginHost: VolumePlugins {
  /// A driver may have to wait for a server; a container's start waits with it.
  static let volumeDeadline = Duration.seconds(60)

  package func describe(_ driver: String) async throws -> PluginDescribeResult {
    try await requireDriver(driver)
  }

  @discardableResult
  private func requireDriver(_ driver: String) async throws -> PluginDescribeResult {
    let description: PluginDescribeResult
    do {
      description = try await link(to: driver).description
    } catch let error as WherryError where error.code == .notFound {
      throw NoVolumePlugins.notFound(driver)
    }
    guard description.capabilities.contains(.volume) else {
      throw WherryError(
        .notFound, "error looking up volume plugin \(driver): it drives no volumes",
        hint: "wherry plugin inspect \(driver)")
    }
    return description
  }

  package func create(_ driver: String, volume: String, options: [String: String]) async throws {
    try await requireDriver(driver)
    _ = try await call(driver, "create volume \(volume)", deadline: Self.volumeDeadline) { calls, deadline in
      try await calls.volumeDriverCreate(
        VolumeDriverCreateParams(name: volume, options: options), deadline: deadline)
    }
  }

  package func remove(_ driver: String, volume: String) async throws {
    try await requireDriver(driver)
    _ = try await call(driver, "remove volume \(volume)", deadline: Self.volumeDeadline) { calls, deadline in
      try await calls.volumeDriverRemove(VolumeDriverRemoveParams(name: volume), deadline: deadline)
    }
  }

  package func mount(_ driver: String, volume: String, user: String) async throws -> String {
    try await requireDriver(driver)
    return try await call(driver, "mount volume \(volume)", deadline: Self.volumeDeadline) {
      calls, deadline in
      try await calls.volumeDriverMount(
        VolumeDriverMountParams(name: volume, user: user), deadline: deadline)
    }.path
  }

  package func unmount(_ driver: String, volume: String, user: String) async throws {
    try await requireDriver(driver)
    _ = try await call(driver, "unmount volume \(volume)", deadline: Self.volumeDeadline) { calls, deadline in
      try await calls.volumeDriverUnmount(
        VolumeDriverUnmountParams(name: volume, user: user), deadline: deadline)
    }
  }

  package func get(_ driver: String, volume: String) async throws -> VolumeDriverVolume? {
    try await requireDriver(driver)
    let found = try await call(driver, "get volume \(volume)", deadline: Self.askDeadline) {
      calls, deadline in
      do {
        return try await calls.volumeDriverGet(VolumeDriverGetParams(name: volume), deadline: deadline)
          as VolumeDriverVolume?
      } catch let error as WherryError where error.code == .notFound {
        return nil
      }
    }
    guard var found else { return nil }
    found.status = found.status.map { Self.shown($0) }
    return found
  }

  private static func shown(_ status: [String: String]) -> [String: String] {
    var shown: [String: String] = [:]
    for (key, value) in status.sorted(by: { $0.key < $1.key }).prefix(64) {
      shown[Printable.text(key)] = Printable.text(value, limit: 1024)
    }
    return shown
  }
}
