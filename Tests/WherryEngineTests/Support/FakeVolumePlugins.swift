import Synchronization
import WherryModel
import WherryWire

@testable import WherryEngine

/// The plugin `fake`, which notes what it is told, and fails when told to. There is no other.
final class FakeVolumePlugins: VolumePlugins {
  private struct State {
    var told: [String] = []
    var failure: WherryError?
    var isMissing = false
  }

  private let state = Mutex(State())

  var told: [String] { state.withLock { $0.told } }
  func fail(_ error: WherryError?) { state.withLock { $0.failure = error } }
  func remove() { state.withLock { $0.isMissing = true } }

  private func tell(_ driver: String, _ words: String) throws {
    try state.withLock { state in
      if driver != "fake" || state.isMissing { throw NoVolumePlugins.notFound(driver) }
      state.told.append(words)
      if let failure = state.failure { throw failure }
    }
  }

  func describe(_ driver: String) async throws -> PluginDescribeResult {
    try tell(driver, "describe")
    return PluginDescribeResult(version: "1", capabilities: [.volume], scope: .global)
  }
  func create(_ driver: String, volume: String, options: [String: String]) async throws {
    try tell(driver, "create \(volume) \(options.sorted { $0.key < $1.key }.map { "\($0)=\($1)" })")
  }
  func remove(_ driver: String, volume: String) async throws { try tell(driver, "remove \(volume)") }
  func mount(_ driver: String, volume: String, user: String) async throws -> String {
    try tell(driver, "mount \(volume)")
    return "relative"
  }
  func unmount(_ driver: String, volume: String, user: String) async throws {
    try tell(driver, "unmount \(volume)")
  }
  func get(_ driver: String, volume: String) async throws -> VolumeDriverVolume? {
    try tell(driver, "get \(volume)")
    return VolumeDriverVolume(name: volume, status: ["a": "b"])
  }
}
