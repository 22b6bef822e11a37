package import WherryModel
package import WherryWire

/// Volume drivers that are programs of their own. Every call ends within a bounded time; what it throws names the plugin.
///
/// What has been done already is done again without an error: a daemon that was killed between a call and its note of it
/// makes the call once more.
package protocol VolumePlugins: Sendable {
  /// What the driver says of itself. Throws `notFound` where there is no such plugin, or it drives no volumes.
  func describe(_ driver: String) async throws -> PluginDescribeResult
  func create(_ driver: String, volume: String, options: [String: String]) async throws
  func remove(_ driver: String, volume: String) async throws
  /// Gives the path of a folder.
  func mount(_ driver: String, volume: String, user: String) async throws -> String
  func unmount(_ driver: String, volume: String, user: String) async throws
  /// Nil where the driver does not know it.
  func get(_ driver: String, volume: String) async throws -> VolumeDriverVolume?
}

/// A device without plugins.
package struct NoVolumePlugins: VolumePlugins {
  package init() {}

  package static func notFound(_ driver: String) -> WherryError {
    WherryError(
      .notFound, "error looking up volume plugin \(Printable.text(driver)): plugin not found",
      hint: "wherry plugin ls shows those there are; a plugin is a file in /etc/wherry/plugins")
  }

  package func describe(_ driver: String) async throws -> PluginDescribeResult {
    throw Self.notFound(driver)
  }
  package func create(_ driver: String, volume: String, options: [String: String]) async throws {
    throw Self.notFound(driver)
  }
  package func remove(_ driver: String, volume: String) async throws { throw Self.notFound(driver) }
  package func mount(_ driver: String, volume: String, user: String) async throws -> String {
    throw Self.notFound(driver)
  }
  package func unmount(_ driver: String, volume: String, user: String) async throws {
    throw Self.notFound(driver)
  }
  package func get(_ driver: String, volume: String) async throws -> VolumeDriverVolume? {
    throw Self.notFound(driver)
  }
}
