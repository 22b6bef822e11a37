import Glibc
import Synchronization
import Testing
import WherryEngine
import WherryLinux
import WherryModel
import WherryOCI
import WherryStore
import WherryWire

@testable import WherryImages

/// A store of a test's own and a fetcher whose workers are the `wherry` that was just built.
final class FetchFixture {
  static let wherry: String = {
    do {
      let own = try Files.readLink("/proc/self/exe")
      return own.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/wherry"
    } catch {
      return "/nonexistent"
    }
  }()
  static var isPossible: Bool { Scratch.isRoot && access(wherry, X_OK) == 0 }
  static let amd64 = Platform(os: "linux", architecture: "amd64")

  let scratch: Scratch
  let store: Store
  let pool = BlockingPool()
  var fetcher: WorkerFetcher

  init(executable: [String] = [wherry, "fetch"]) throws {
    scratch = try Scratch()
    store = try Store(state: StateDirectory("\(scratch.path)/lower/state")) { Issue.record("\($0)") }
    fetcher = WorkerFetcher(
      store: store, pool: pool, settings: RegistrySettings(authFile: nil), executable: executable)
    fetcher.registryLimits = TestClient.limits
  }

  func pull(_ reference: String, _ progress: @escaping @Sendable (PullProgress) -> Void = { _ in })
    async throws
    -> (id: Digest, digest: Digest, changed: Bool)
  {
    let image = try await fetcher.pull(
      try Reference(reference), platform: Self.amd64, options: PullOptions(), progress: progress)
    return (image.id, image.digest, image.changed)
  }

  /// Nothing is left over in staging, and no layer without an image: unless `layers` says how many.
  func checkClean(layers: Int, images: Int, _ location: SourceLocation = #_sourceLocation) throws {
    #expect(try Files.list(store.state.staging) == [], sourceLocation: location)
    #expect(try store.layers.allRecords().count == layers, sourceLocation: location)
    #expect(try store.images.allRecords().count == images, sourceLocation: location)
    #expect(try store.images.allNames().count == images, sourceLocation: location)
    try scratch.checkCanary(location)
  }

  func text(_ id: Digest, _ layer: Int, _ path: String) throws -> String {
    let record = try #require(try store.images.record(id))
    return try Files.readText("\(store.layers.tree(record.layers[layer]))/\(path)")
  }
}
