package import Logging
import Synchronization
import WherryLinux
import WherryModel

/// A registry that fetches from another what it does not have, and keeps it. Nothing can be pushed to it.
package final class PullThrough: Sendable {
  /// Blobs on their way at once; others wait.
  private static let maximumFetches = 6
  /// Questions about manifests at once; two about the same one never are.
  private static let lanes: UInt = 16

  private struct State {
    var fetches: [BlobFetch.Key: BlobFetch] = [:]
    var health = UpstreamHealth()
    var isClosed = false
  }

  let upstream: any UpstreamRegistry
  /// For how long a tag is not looked up again.
  let lifetime: Duration
  let logger: Logger
  private let state = Mutex(State())
  private let seats = Seats(maximumFetches)
  private let questions = (0..<lanes).map { _ in Seats(1) }
  private let starts = AsyncStream<BlobFetch>.makeStream()

  package init(_ upstream: any UpstreamRegistry, lifetime: Duration, logger: Logger) {
    self.upstream = upstream
    self.lifetime = lifetime
    self.logger = logger
  }

  /// Blobs are on their way.
  var isBusy: Bool { state.withLock { !$0.fetches.isEmpty } }

  /// Fetches what is asked for, until its task is cancelled.
  func run(_ uploads: Uploads, _ writers: BlockingPool) async {
    await withDiscardingTaskGroup { group in
      for await fetch in starts.stream {
        group.addTask {
          let seat = await self.seats.take()
          defer { withExtendedLifetime(seat) {} }
          await fetch.run(self.upstream, uploads, writers)
          self.ended(fetch)
        }
      }
    }
    let rest = state.withLock { state in
      state.isClosed = true
      return state.fetches.values
    }
    for fetch in rest { fetch.fail(Self.stopping) }
  }

  /// Joins the fetch of a blob, or begins it.
  func fetch(_ digest: Digest, _ name: RepositoryName) throws(RegistryProblem) -> FetchReader {
    let key = BlobFetch.Key(name: name, digest: digest)
    let fetch = BlobFetch(key)
    let reader = state.withLock { state -> (FetchReader, isNew: Bool)? in
      if state.isClosed { return nil }
      if let reader = state.fetches[key]?.join() { return (reader, false) }
      guard let reader = fetch.join() else { return nil }
      state.fetches[key] = fetch
      return (reader, true)
    }
    guard let reader else { throw Self.stopping }
    if reader.isNew { starts.continuation.yield(fetch) }
    return reader.0
  }

  private func ended(_ fetch: BlobFetch) {
    if let problem = fetch.problem {
      logger.warning("cannot fetch \(fetch.key.name)@\(fetch.key.digest): \(problem.message)")
    }
    state.withLock { state in
      if state.fetches[fetch.key] === fetch { state.fetches[fetch.key] = nil }
    }
  }

  /// A turn to ask about something: who comes second finds what the first was told.
  func turn(_ name: RepositoryName, _ about: ManifestName) async -> Seat {
    var hasher = Hasher()
    hasher.combine(name)
    hasher.combine(about)
    let lane = Int(clamping: hasher.finalize().magnitude % Self.lanes)
    return await questions[lane].take()
  }

  var isAway: Bool { state.withLock { $0.health.isAway(.now) } }

  /// Asks upstream, and notes whether it is there.
  func asking<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
    do {
      let value = try await body()
      state.withLock { $0.health.answered() }
      return value
    } catch {
      if Self.isAbsence(error) {
        logger.warning("\(upstream.name) cannot be asked: \(WherryError.wrapping(error))")
        // Others say something about one repository only.
        if [.unavailable, .deadlineExceeded].contains((error as? WherryError)?.code) {
          state.withLock { $0.health.failed(.now) }
        }
      }
      throw error
    }
  }

  /// Whether an older answer will do instead: not where upstream has answered that there is none, or not for us, nor
  /// where the own storage failed, which is a `SystemError`.
  static func isAbsence(_ error: any Error) -> Bool {
    guard let error = error as? WherryError else {
      return !(error is RegistryProblem || error is SystemError)
    }
    return ![.notFound, .unauthorized, .permissionDenied, .cancelled].contains(error.code)
  }

  /// RFC 7234 section 5.5.1.
  var staleness: [RegistryHeader] {
    [RegistryHeader("Warning", "110 wherry \"Response is Stale: \(upstream.name) cannot be asked\"")]
  }

  private static let stopping = RegistryProblem(503, .unknown, "the registry is stopping")
}
