import Synchronization
import WherryEngine
import WherryLinux
import WherryModel
import WherryOCI
import WherryRPC
import WherryService
import WherryStore
import WherryWire

/// A supervisor that keeps what it is told in memory.
final class FakeSupervisor: Supervisor {
  struct State {
    var observations: [ContainerID: Observation] = [:]
    var script: [OutputChunk] = [.stdout([111, 117, 116]), .stderr([101, 114, 114])]
    var exitCode: UInt8 = 3
    var startFailure: WherryError?
    var session: FakeSession?
    /// Whether an attached process goes on until its input ends.
    var waitsForInput = false
    var lines: [LogLine] = []
  }

  let name = "conmon"
  let needsResidentDaemon = false
  let state = Mutex(State())

  func configure(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }
  var session: FakeSession? { state.withLock(\.session) }

  private func end(_ id: ContainerID, _ code: UInt8) {
    let exit = Exit(code: code, startedAt: nil, finishedAt: Timestamp(nanoseconds: 9))
    state.withLock { $0.observations[id] = .exited(exit, restartCount: 0) }
  }

  func start(_ launch: ContainerLaunch) async throws {
    try state.withLock { state in
      if let failure = state.startFailure { throw failure }
      state.observations[launch.id] = .running(pid: 7, startedAt: Timestamp(nanoseconds: 1), restartCount: 0)
    }
  }

  func setPaused(_ id: ContainerID, _ isPaused: Bool) async throws {}
  func isPaused(_ id: ContainerID, pid: Int32) async throws -> Bool { false }
  func update(_ id: ContainerID, _ change: ContainerChange) async throws {}
  func usage(_ id: ContainerID) async throws -> ResourceUsage { ResourceUsage() }
  func processes(_ id: ContainerID) async throws -> [ProcessEntry] { [] }

  func attach(_ id: ContainerID) async throws -> any AttachedSession {
    throw WherryError(.unsupported, "the fake attaches to nothing")
  }

  func startAttached(_ launch: ContainerLaunch) async throws -> any AttachedSession {
    try await start(launch)
    return makeSession { self.end(launch.id, $0) }
  }

  private func makeSession(_ ended: @escaping @Sendable (UInt8) -> Void) -> FakeSession {
    state.withLock { state in
      let session = FakeSession(
        state.script, code: state.exitCode, waitsForInput: state.waitsForInput, ended: ended)
      state.session = session
      return session
    }
  }

  func observe(_ id: ContainerID) async throws -> Observation {
    state.withLock { $0.observations[id] ?? .absent }
  }
  func signal(_ id: ContainerID, _ number: Int32) async throws {}
  func stop(_ id: ContainerID, signal: Int32, timeout: Duration) async throws { end(id, UInt8(128 + signal)) }
  func nextExit(_ id: ContainerID) async throws -> Exit {
    guard case .exited(let exit, _) = try await observe(id) else {
      throw WherryError(.failedPrecondition, "it runs")
    }
    return exit
  }
  func exec(_ id: ContainerID, _ process: ExecLaunch) async throws -> any AttachedSession {
    makeSession { _ in }
  }
  func probe(_ id: ContainerID, timeout: Duration) async throws -> HealthProbe {
    HealthProbe(startedAt: .init(nanoseconds: 1), endedAt: .init(nanoseconds: 2), exitCode: 0, output: "")
  }
  func execDetached(_ id: ContainerID, _ process: ExecLaunch) async throws {}
  func logs(_ id: ContainerID, _ query: LogQuery) -> AsyncThrowingStream<LogLine, any Error> {
    let lines = state.withLock(\.lines)
    return AsyncThrowingStream { continuation in
      for line in lines { continuation.yield(line) }
      continuation.finish()
    }
  }
  func cleanUp(_ id: ContainerID) async throws {}
  func forget(_ id: ContainerID) async throws {}
}

final class FakeSession: AttachedSession {
  struct State {
    var input: [UInt8] = []
    var events: [String] = []
  }

  let output: AsyncThrowingStream<OutputChunk, any Error>
  private let continuation: AsyncThrowingStream<OutputChunk, any Error>.Continuation
  private let code: UInt8
  private let ended: @Sendable (UInt8) -> Void
  private let state = Mutex(State())

  init(_ script: [OutputChunk], code: UInt8, waitsForInput: Bool, ended: @escaping @Sendable (UInt8) -> Void)
  {
    (output, continuation) = AsyncThrowingStream.makeStream()
    self.code = code
    self.ended = ended
    for chunk in script { continuation.yield(chunk) }
    if !waitsForInput { continuation.finish() }
  }

  var input: [UInt8] { state.withLock(\.input) }
  var events: [String] { state.withLock(\.events) }
  private func note(_ event: String) { state.withLock { $0.events.append(event) } }

  func writeInput(_ bytes: [UInt8]) async throws { state.withLock { $0.input += bytes } }
  func closeInput() async throws {
    note("close")
    continuation.finish()
  }
  func signal(_ number: Int32) async throws { note("signal \(number)") }
  func resize(rows: Int, columns: Int) async throws { note("\(rows)x\(columns)") }
  func exit() async throws -> Exit {
    ended(code)
    return Exit(code: code, startedAt: nil, finishedAt: Timestamp(nanoseconds: 9))
  }
  func detach() async { note("detach") }
}

struct FakeRoots: RootFilesystems {
  let base: String
  func mount(
    _ id: ContainerID, layers: [String], upper: String, work: String, owners: IDMap?, isTransient: Bool
  ) throws(WherryError) -> String {
    try WherryError.converting { () throws(SystemError) in try Files.makeDirectories(path(id)) }
    return path(id)
  }
  func unmount(_ id: ContainerID) throws(WherryError) {}
  func path(_ id: ContainerID) -> String { "\(base)/\(id)" }
}

struct FakeFetcher: ImageFetcher {
  let store: Store

  func pull(
    _ reference: Reference, platform: Platform, options: PullOptions,
    progress: @escaping @Sendable (PullProgress) -> Void
  ) async throws -> FetchedImage {
    guard reference.path == "library/alpine" else {
      throw WherryError(.notFound, "manifest of \(reference.familiar) unknown")
    }
    progress(PullProgress(phase: .resolving))
    progress(PullProgress(phase: .complete))
    return try put(ImageConfiguration(config: .init(command: ["sh"])), reference.description)
  }

  func push(
    _ image: Image, as reference: Reference, options: PullOptions,
    progress: @escaping @Sendable (PullProgress) -> Void
  ) async throws -> PushedImage {
    PushedImage(digest: image.id, size: 0, uploaded: 0, unchanged: true)
  }

  func save(_ images: [Image], to sink: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
    for image in images { try await sink(Array(image.id.description.utf8)) }
  }

  func load(
    _ archive: some AsyncSequence<[UInt8], any Error> & Sendable, platform: Platform?
  ) async throws -> [LoadedImage] {
    []
  }

  func refetch(
    _ layer: LayerRefetch, install: @escaping @Sendable (RefetchedLayer) async throws -> Void
  ) async throws {
    throw WherryError(.unavailable, "no registry answers")
  }

  func login(_ registry: String, credential: String) async throws {
    throw WherryError(.unauthorized, "\(registry) knows nobody")
  }

  func importArchive(
    _ archive: some AsyncSequence<[UInt8], any Error> & Sendable, over base: ImageBase?,
    configuration: ImageConfiguration
  ) async throws -> FetchedImage {
    var count = 0
    for try await chunk in archive { count += chunk.count }
    var configuration = configuration
    configuration.author = "\(count) bytes"
    return try put(configuration, nil)
  }

  private func put(_ configuration: ImageConfiguration, _ name: String?) throws -> FetchedImage {
    let json = try configuration.json()
    let id = Digest.sha256(of: json)
    try store.images.putBlob(json, id)
    try store.images.put(ImageRecord(id: id, manifest: id, layers: [], added: Timestamp(nanoseconds: 1)))
    if let name { try store.images.setName(ImageName(reference: name, image: id, digest: id)) }
    return FetchedImage(id: id, digest: id, changed: true)
  }
}
