import Synchronization
import WherryLinux
import WherryModel

/// One blob that is fetched from upstream once, for all who ask for it meanwhile.
final class BlobFetch: Sendable {
  struct Key: Hashable, Sendable {
    var name: RepositoryName
    var digest: Digest
  }

  private struct State {
    var machine = FetchMachine()
    var waiting: [CheckedContinuation<Void, Never>] = []
    /// What has come of it, as soon as there is a size. Stays open when the file becomes the blob.
    var content: SharedFile?
  }

  let key: Key
  private let state = Mutex(State())

  init(_ key: Key) {
    self.key = key
  }

  /// Nil where it is over without the blob.
  func join() -> FetchReader? {
    state.withLock { $0.machine.readerJoined() } ? FetchReader(self) : nil
  }

  fileprivate func leave() { change { $0.readerLeft() } }

  /// Fetches and keeps it. Ends when the blob is kept, the fetch failed, or nobody wants it any more.
  func run(_ upstream: any UpstreamRegistry, _ uploads: Uploads, _ writers: BlockingPool) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        do {
          try await self.fetch(upstream, uploads, writers)
        } catch let problem as RegistryProblem where problem.code == .digestInvalid {
          self.fail(
            RegistryProblem(502, .unknown, "\(upstream.name) sent something else: \(problem.message)"))
        } catch {
          self.fail(RegistryProblem(upstream: error, absent: .blobUnknown))
        }
      }
      group.addTask { await self.wait { $0.isOver } }
      await group.next()
      group.cancelAll()
    }
  }

  func fail(_ problem: RegistryProblem) { change { $0.failed(problem) } }

  /// What it ended with.
  var problem: RegistryProblem? {
    if case .failed(let problem) = state.withLock({ $0.machine.state }) { problem } else { nil }
  }

  private func fetch(
    _ upstream: any UpstreamRegistry, _ uploads: Uploads, _ writers: BlockingPool
  ) async throws {
    let (name, digest) = (key.name, key.digest)
    let size = try await upstream.size(of: digest, in: name)
    let id = try await writers.run { () throws -> UploadID in try uploads.start(name, digest.algorithm) }
    do {
      try await uploads.with(id, of: name) { file in
        let turn = try await writers.run { () throws -> UploadMachine.Turn in
          let turn = try file.begin(range: nil, length: size)
          let content = SharedFile(try FileDescriptor.open(file.data, [.noFollow]))
          self.state.withLock { $0.content = content }
          return turn
        }
        guard self.change({ $0.sizeFound(size) }) else { throw Self.unwanted(digest) }
        try await upstream.blob(digest, size: size, in: name) { bytes in
          do {
            try await writers.run { () throws in try file.write(bytes, turn) }
          } catch {
            // Ours, not upstream's: no reason to ask it again.
            self.fail(Self.problem(ours: error))
          }
          guard self.change({ $0.bytesKept(bytes.count) }) else { throw Self.unwanted(digest) }
        }
        try file.end(turn)
        try await writers.run { () throws in try uploads.finish(id, file, as: digest) }
        self.change { $0.verified() }
      }
    } catch {
      await writers.run { uploads.forget(id, of: name) }
      throw error
    }
  }

  private static func unwanted(_ digest: Digest) -> WherryError {
    WherryError(.cancelled, "nobody wants \(digest) any more")
  }

  private static func problem(ours error: any Error) -> RegistryProblem {
    if let problem = error as? RegistryProblem { return problem }
    if let error = error as? SystemError { return RegistryProblem(storage: error) }
    return RegistryProblem(500, .unknown, "the registry's storage failed")
  }

  @discardableResult
  private func change<Value>(_ body: (inout FetchMachine) -> Value) -> Value {
    let (value, waiting) = state.withLock { state in
      let value = body(&state.machine)
      defer { state.waiting = [] }
      return (value, state.waiting)
    }
    for continuation in waiting { continuation.resume() }
    return value
  }

  /// Until `condition` holds: every fetch ends, at the latest with the server.
  fileprivate func wait(until condition: @Sendable (FetchMachine) -> Bool) async {
    while !state.withLock({ condition($0.machine) }) {
      await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        let holds = state.withLock { state in
          if condition(state.machine) { return true }
          state.waiting.append(continuation)
          return false
        }
        if holds { continuation.resume() }
      }
    }
  }

  fileprivate func outlook(at position: UInt64) -> FetchMachine.Outlook {
    state.withLock { $0.machine.outlook(at: position) }
  }

  fileprivate var size: UInt64? { state.withLock { $0.machine.size } }

  fileprivate var content: SharedFile? { state.withLock { $0.content } }
}

/// Closed when nobody refers to it any more.
final class SharedFile: Sendable {
  let file: FileDescriptor

  init(_ file: consuming FileDescriptor) {
    self.file = file
  }
}

/// One who reads a blob while it is fetched, until nobody refers to it.
final class FetchReader: Sendable {
  private let fetch: BlobFetch

  fileprivate init(_ fetch: BlobFetch) {
    self.fetch = fetch
  }

  deinit { fetch.leave() }

  /// Of the blob. Waits until upstream has said it.
  func size() async throws -> UInt64 {
    await fetch.wait { $0.size != nil || $0.isOver }
    if let size = fetch.size { return size }
    if case .broken(let problem) = fetch.outlook(at: 0) { throw problem }
    throw RegistryProblem(502, .unknown, "upstream did not answer")
  }

  /// At most `maximum` bytes at `position`, which is before the end. Waits for them.
  func read(at position: UInt64, maximum: Int, _ pool: BlockingPool) async throws -> [UInt8] {
    await fetch.wait { $0.outlook(at: position) != .wait }
    guard case .readable(let end) = fetch.outlook(at: position), end > position, let content = fetch.content
    else { throw ConnectionEnded() }
    let count = min(UInt64(clamping: maximum), end - position)
    return try await pool.run { () throws(SystemError) -> [UInt8] in
      try content.file.read(maximum: Int(clamping: count), at: Int64(clamping: position))
    }
  }
}
