import Synchronization
package import WherryLinux
package import WherryModel

/// Uploads under way, in folders of their own: they outlive the server. Calls block.
package final class Uploads: Sendable {
  package struct Limits: Sendable {
    /// Under way at once, also those nobody goes on with.
    package var maximumCount = 1024
    /// Of one blob.
    package var maximumSize: UInt64 = 1 << 40
    /// Without a byte for so long, an upload is removed.
    package var maximumAge = Duration.seconds(7 * 86_400)
    /// Where there are too many, one without a byte for so long gives way.
    package var minimumAge = Duration.seconds(3600)
    /// Kept open between requests, with their digests so far.
    package var maximumOpen = 64

    package init() {}
  }

  private struct Open {
    var file: UploadFile
    var users = 0
    var used: UInt64
  }

  private struct State {
    var open: [UploadID: Open] = [:]
    var clock: UInt64 = 0
  }

  private let store: RegistryStore
  private let limits: Limits
  private let pool: BlockingPool
  private let state = Mutex(State())

  /// `pool` is where `with` opens uploads.
  package init(_ store: RegistryStore, limits: Limits = Limits(), pool: BlockingPool = BlockingPool()) {
    self.store = store
    self.pool = pool
    self.limits = limits
  }

  package func start(_ name: RepositoryName, _ algorithm: Digest.Algorithm, now: Timestamp = .now()) throws
    -> UploadID
  {
    if try store.names(in: store.uploads).count >= limits.maximumCount {
      if try expire(now: now) == 0 { try makeRoom(now: now) }
      guard try store.names(in: store.uploads).count < limits.maximumCount else {
        throw RegistryProblem(429, .tooManyRequests, "\(limits.maximumCount) uploads are under way")
      }
    }
    let id = UploadID.random()
    try Files.makeDirectories(folder(id), mode: 0o750)
    try Files.write(folder(id) + "/about", Array("\(name)\n\(algorithm.rawValue)\n".utf8), mode: 0o640)
    try Files.write(folder(id) + "/data", [], mode: 0o640)
    return id
  }

  /// Runs `body` with the upload, which is not closed meanwhile.
  package func with<Value>(
    _ id: UploadID, of name: RepositoryName, _ body: (UploadFile) async throws -> Value
  ) async throws -> Value {
    let file = try await pool.run { () throws -> UploadFile in try self.enter(id, name) }
    defer { leave(id) }
    return try await body(file)
  }

  /// The content becomes a blob of its repository, where it has that digest; else the upload is over.
  package func finish(_ id: UploadID, _ file: UploadFile, as digest: Digest) throws {
    // A try before this one moved the bytes and could not link them, or was ended there. It gives no more than a mount.
    if file.isEmpty, try store.mount(digest, from: nil, to: file.repository) {
      file.abandon()
      try remove(id)
      return
    }
    do {
      try file.complete(digest)
      try store.adopt(file.data, as: digest, for: file.repository)
    } catch let problem as RegistryProblem where problem.code == .digestInvalid {
      // Its bytes are not those of the blob, and never will be.
      try remove(id)
      throw problem
    } catch is SystemError {
      // The disk is full, say. The bytes are still there: opened again, the upload can be finished later.
      state.withLock { $0.open[id] = nil }
      throw RegistryProblem(507, .unknown, "the blob could not be stored: the upload may be finished later")
    }
    try remove(id)
  }

  package func cancel(_ id: UploadID, of name: RepositoryName) throws {
    let file = try enter(id, name)
    defer { leave(id) }
    file.abandon()
    try remove(id)
  }

  /// As `cancel`, for one that nobody can ask for. What cannot be removed goes by its age.
  package func forget(_ id: UploadID, of name: RepositoryName) {
    do { try cancel(id, of: name) } catch { return }
  }

  /// Removes those that are too old; gives how many.
  @discardableResult
  package func expire(now: Timestamp = .now()) throws -> Int {
    var removed = 0
    let oldest = FileTime(now).seconds - limits.maximumAge.components.seconds
    for entry in try store.names(in: store.uploads) {
      let folder = "\(store.uploads)/\(entry)"
      let status = try Files.statusIfPresent(folder + "/data") ?? Files.statusIfPresent(folder)
      guard let status, status.modified.seconds < oldest else { continue }
      do { try remove(try UploadID(entry)) } catch { continue }
      removed += 1
    }
    return removed
  }

  /// Removes the one without a byte for the longest, if that is long enough and no request goes on with it.
  private func makeRoom(now: Timestamp) throws {
    let youngest = FileTime(now).seconds - limits.minimumAge.components.seconds
    var found: (id: UploadID, modified: FileTime)?
    for entry in try store.names(in: store.uploads) {
      let id: UploadID
      do { id = try UploadID(entry) } catch { continue }
      let status = try Files.statusIfPresent(folder(id) + "/data") ?? Files.statusIfPresent(folder(id))
      guard let modified = status?.modified, modified.seconds < youngest,
        state.withLock({ ($0.open[id]?.users ?? 0) == 0 })
      else { continue }
      if let found, found.modified.seconds <= modified.seconds { continue }
      found = (id, modified)
    }
    if let found { try remove(found.id) }
  }

  private func folder(_ id: UploadID) -> String { "\(store.uploads)/\(id)" }

  private func enter(_ id: UploadID, _ name: RepositoryName) throws -> UploadFile {
    try state.withLock { state in
      state.clock += 1
      if let open = state.open[id] {
        guard open.file.repository == name else { throw RegistryProblem.unknownUpload }
      } else {
        state.open[id] = Open(file: try read(id, name), used: state.clock)
      }
      guard let file = state.open[id]?.file else { throw RegistryProblem.unknownUpload }
      state.open[id]?.users += 1
      state.open[id]?.used = state.clock
      return file
    }
  }

  private func leave(_ id: UploadID) {
    state.withLock { state in
      state.open[id]?.users -= 1
      guard state.open.count > limits.maximumOpen else { return }
      let idle = state.open.filter { $0.value.users == 0 }
      if let oldest = idle.min(by: { $0.value.used < $1.value.used }) { state.open[oldest.key] = nil }
    }
  }

  private func read(_ id: UploadID, _ name: RepositoryName) throws -> UploadFile {
    guard let bytes = try Files.readIfPresent(folder(id) + "/about", maximum: 1024) else {
      throw RegistryProblem.unknownUpload
    }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    guard lines.count == 2, lines.first.map(String.init) == name.text,
      let algorithm = lines.last.flatMap({ Digest.Algorithm(rawValue: String($0)) })
    else { throw RegistryProblem.unknownUpload }
    return try UploadFile(
      folder: folder(id), repository: name, algorithm: algorithm, maximumSize: limits.maximumSize)
  }

  private func remove(_ id: UploadID) throws {
    state.withLock { $0.open[id] = nil }
    for file in ["about", "data"] { try Files.unlink("\(folder(id))/\(file)") }
    try Files.removeDirectory(folder(id))
  }
}
