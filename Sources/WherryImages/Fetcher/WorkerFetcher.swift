package import WherryEngine
package import WherryLinux
package import WherryModel
package import WherryOCI
package import WherryStore
package import WherryWire

/// Brings images into the store by workers: this process never parses a layer.
package struct WorkerFetcher: ImageFetcher {
  let store: Store
  let pool: BlockingPool
  var settings: RegistrySettings
  let executable: [String]
  /// Hears what an administrator should know: a worker that the kernel could not confine fully.
  let report: @Sendable (String) -> Void
  /// One worker at a time unpacks a layer; others that need it wait, and find it there.
  let lanes = SerialLanes<Digest>()
  var registryLimits = RegistryLimits()
  var extractionLimits = ExtractionLimits()

  /// `executable` is the program and arguments that reach `FetchWorker.main`.
  package init(
    store: Store, pool: BlockingPool, settings: RegistrySettings = RegistrySettings(),
    executable: [String] = ["/proc/self/exe", "fetch"],
    report: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.report = report
    self.store = store
    self.pool = pool
    self.settings = settings
    self.executable = executable
  }

  package func pull(
    _ reference: Reference, platform: Platform, progress: @escaping @Sendable (PullProgress) -> Void
  ) async throws -> FetchedImage {
    guard reference.digest?.algorithm != .sha512 else {
      throw WherryError(.unsupported, "image \(reference.familiar): only sha256 digests name images")
    }
    progress(PullProgress(phase: .resolving, message: reference.familiar))
    let staging = try await makeStaging("pull")
    return try await cleaning(staging) {
      var job = try await job(.pull, staging)
      job.reference = reference.description
      job.platform = platform.description
      job.credential = try await pool.run { [settings] () throws(WherryError) in
        try AuthFile.credential(for: reference.domain, in: settings.authFile)
      }
      let session = try await WorkerSession.start(executable, job, pool: pool)
      return try await ending(session) {
        try await PullSession(
          fetcher: self, session: session, reference: reference, platform: platform, staging: staging,
          progress: progress
        ).run()
      }
    }
  }

  package func importArchive(
    _ archive: some AsyncSequence<[UInt8], any Error> & Sendable, configuration: ImageConfiguration
  ) async throws -> FetchedImage {
    let staging = try await makeStaging("import")
    return try await cleaning(staging) {
      let (session, writer) = try await startImport(try await job(.importing, staging))
      return try await ending(session) {
        try await ImportSession(
          fetcher: self, session: session, staging: staging, configuration: configuration
        ).run(archive, to: writer)
      }
    }
  }

  /// What a worker says of its own confinement.
  func started(_ confinement: ConfinementReport) {
    if confinement.landlock == 0 {
      report(
        "the fetch worker may write outside of its staging folder: this kernel has no Landlock, ignoring")
    }
    if confinement.capabilities & ~WorkerConfinement.keptBits != 0 || !confinement.noNewPrivileges {
      report("the fetch worker kept privileges it should have dropped, ignoring")
    }
  }

  // MARK: - Steps

  /// A function of its own, so that our copies of the descriptors are closed when it returns: the worker sees
  /// the archive's end, and we see the worker's.
  private func startImport(_ job: FetchJob) async throws -> (WorkerSession, AsyncWriter) {
    let (ours, theirs) = try WherryError.converting { () throws(SystemError) in try Pipe.socketPair() }
    let writer = try WherryError.converting { () throws(SystemError) in
      try AsyncWriter(try ours.file.duplicate())
    }
    return (try await WorkerSession.start(executable, job, archive: theirs, pool: pool), writer)
  }

  private func job(_ kind: FetchJob.Kind, _ staging: String) async throws -> FetchJob {
    var job = FetchJob(kind: kind, staging: staging, layers: store.state.layers)
    job.insecure = settings.insecureRegistries
    job.certificateAuthority = settings.certificateAuthorityFile
    job.registry = registryLimits
    job.extraction = extractionLimits
    return job
  }

  private func makeStaging(_ prefix: String) async throws -> String {
    try await pool.run { [store] () throws(WherryError) in try store.staging.makeFolder(prefix) }
  }

  /// Whatever happens, the space in staging comes back; a sweep at the daemon's start takes what a crash left.
  private func cleaning<Value>(_ staging: String, _ body: () async throws -> Value) async throws -> Value {
    let result: Result<Value, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    let failure = await pool.run { () -> WherryError? in
      do {
        try Files.removeTree(staging)
        return nil
      } catch {
        return WherryError.wrapping(error)
      }
    }
    if case .success = result, let failure { throw failure }
    return try result.get()
  }

  private func ending<Value>(
    _ session: WorkerSession, _ body: () async throws -> Value
  ) async throws -> Value {
    let result: Result<Value, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    await session.kill()
    return try result.get()
  }

  /// `STAGING/NUMBER/tree`, ready for a layer. Blocks.
  static func makeLayerFolder(_ staging: String, _ position: Int) throws(WherryError) -> String {
    let folder = "\(staging)/\(position)"
    try WherryError.converting { () throws(SystemError) in
      try Files.makeDirectories("\(folder)/tree")
      // What a container's `/` is where nothing in the image says otherwise.
      try FileDescriptor.open("\(folder)/tree", [.directory]).changeMode(0o755)
    }
    return folder
  }

  /// Makes an unpacked layer visible. Blocks.
  static func commit(
    _ folder: String, _ unpacked: UnpackedLayer, _ record: LayerRecord, in store: Store
  ) throws(WherryError) {
    var opaque: [TreePath] = []
    for bytes in unpacked.opaque.split(separator: 0, omittingEmptySubsequences: false).dropLast() {
      guard let path = TreePath(checking: Array(bytes)), !path.isRoot else {
        throw WherryError(.protocolViolation, "fetch worker named an impossible folder")
      }
      opaque.append(path)
    }
    // Out of the worker's reach, and one level up, where the layer store takes it from.
    let staged = try store.staging.makeFolder("layer")
    try WherryError.converting { () throws(SystemError) in try Files.rename(folder, to: staged) }
    do {
      try store.layers.commit(staged: staged, record, opaqueFolders: opaque.map(\.bytes))
    } catch {
      // Best effort: a sweep takes what stays.
      do { try store.staging.discard(staged) } catch {}
      throw error
    }
  }
}
