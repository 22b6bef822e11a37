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
    registryLimits.patience = settings.patience
  }

  package func pull(
    _ reference: Reference, platform: Platform, options: PullOptions,
    progress: @escaping @Sendable (PullProgress) -> Void
  ) async throws -> FetchedImage {
    guard reference.digest?.algorithm != .sha512 else {
      throw WherryError(.unsupported, "image \(reference.familiar): only sha256 digests name images")
    }
    let requirement = try await signatureRequirement(for: reference)
    progress(PullProgress(phase: .resolving, message: reference.familiar))
    let staging = try await makeStaging("pull")
    return try await cleaning(staging) {
      var job = try await job(.pull, staging)
      job.reference = reference.description
      job.platform = platform.description
      job.signature = requirement
      job.places = try await places(of: reference, credential: options.credential)
      job.insecure += try MirrorRule.places(of: reference, settings.mirrors)
        .filter(\.isInsecure).map(\.domain)
      if let limit = options.rateLimit { job.rateLimit = limit }
      if let count = options.concurrentDownloads { job.concurrentDownloads = min(max(1, count), 16) }
      try await pool.run { [job] () throws(WherryError) in
        try WherryError.converting { () throws(SystemError) in try Files.makeDirectories(job.spool) }
      }
      let session = try await WorkerSession.start(executable, job, pool: pool)
      return try await ending(session) {
        try await PullSession(
          fetcher: self, session: session, reference: reference, platform: platform, staging: staging,
          requirement: requirement, progress: progress
        ).run()
      }
    }
  }

  package func importArchive(
    _ archive: some AsyncSequence<[UInt8], any Error> & Sendable, over base: ImageBase?,
    configuration: ImageConfiguration
  ) async throws -> FetchedImage {
    let staging = try await makeStaging("import")
    return try await cleaning(staging) {
      let (session, writer) = try await startImport(try await job(.importing, staging))
      return try await ending(session) {
        try await ImportSession(
          fetcher: self, session: session, staging: staging, base: base, configuration: configuration
        ).run(archive, to: writer)
      }
    }
  }

  package func push(
    _ image: Image, as reference: Reference, options: PullOptions,
    progress: @escaping @Sendable (PullProgress) -> Void
  ) async throws -> PushedImage {
    let manifest = try await pool.run { [store] () throws(WherryError) -> [UInt8]? in
      guard let record = try store.images.record(image.id) else { return nil }
      return try store.images.blob(record.manifest)
    }
    guard let manifest else {
      throw WherryError(.dataLoss, "image \(image.id.short) has no manifest", hint: "pull it again")
    }
    var target = FetchJob.Place(domain: reference.domain, repository: reference.path)
    target.credential = options.credential
    if target.credential == nil {
      target.credential = try await AuthFile.credential(for: target.domain, in: settings.authFile, pool: pool)
    }
    var sources: [FetchJob.Place] = []
    for name in image.names where name.name != reference.name {
      for place in try await places(
        of: name, credential: name.domain == target.domain ? target.credential : nil)
      where !sources.contains(place) { sources.append(place) }
    }
    let staging = try await makeStaging("push")
    return try await cleaning(staging) { [target, sources] in
      var job = try await job(.push, staging)
      job.reference = reference.description
      job.places = [target] + sources.prefix(16)
      job.isChunked = options.chunked
      for name in image.names {
        job.insecure += try MirrorRule.places(of: name, settings.mirrors).filter(\.isInsecure).map(\.domain)
      }
      if let limit = options.rateLimit { job.rateLimit = limit }
      let session = try await WorkerSession.start(executable, job, pool: pool)
      return try await ending(session) {
        try await PushSession(
          fetcher: self, session: session, image: image, manifestBytes: manifest, progress: progress
        ).run()
      }
    }
  }

  package func save(_ images: [Image], to sink: @escaping @Sendable ([UInt8]) async throws -> Void)
    async throws
  {
    let staging = try await makeStaging("save")
    try await cleaning(staging) {
      let (session, reader) = try await startSave(try await job(.save, staging))
      try await ending(session) {
        try await SaveSession(fetcher: self, session: session, layers: reader, sink: sink).run(images)
      }
    }
  }

  package func load(
    _ archive: some AsyncSequence<[UInt8], any Error> & Sendable, platform: Platform?
  ) async throws -> [LoadedImage] {
    let staging = try await makeStaging("load")
    return try await cleaning(staging) {
      var job = try await job(.load, staging)
      job.platform = platform?.description ?? ""
      try await pool.run { [job] () throws(WherryError) in
        try WherryError.converting { () throws(SystemError) in try Files.makeDirectories(job.spool) }
      }
      let (session, writer) = try await startImport(job)
      return try await ending(session) {
        try await LoadSession(fetcher: self, session: session, staging: staging).run(archive, to: writer)
      }
    }
  }

  private func startSave(_ job: FetchJob) async throws -> (WorkerSession, AsyncReader) {
    let (ours, theirs) = try WherryError.converting { () throws(SystemError) in try Pipe.socketPair() }
    let reader = try WherryError.converting { () throws(SystemError) in
      try AsyncReader(try ours.file.duplicate())
    }
    return (try await WorkerSession.start(executable, job, archive: theirs, pool: pool), reader)
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

  package func refetch(
    _ layer: LayerRefetch, install: @escaping @Sendable (RefetchedLayer) async throws -> Void
  ) async throws {
    var sources: [FetchJob.Place] = []
    for name in layer.names {
      for place in try await places(of: name, credential: nil) where !sources.contains(place) {
        sources.append(place)
      }
    }
    guard !sources.isEmpty else {
      throw WherryError(
        .failedPrecondition, "no registry is known that has it", hint: "load or pull the image again")
    }
    let staging = try await makeStaging("repair")
    return try await cleaning(staging) { [sources] in
      var job = try await job(.refetch, staging)
      job.places = Array(sources.prefix(16))
      // Somebody waits, and what is damaged stays as it is meanwhile.
      job.registry.patience = min(job.registry.patience, .seconds(5))
      for name in layer.names {
        job.insecure += try MirrorRule.places(of: name, settings.mirrors).filter(\.isInsecure).map(\.domain)
      }
      try await pool.run { [job] () throws(WherryError) in
        try WherryError.converting { () throws(SystemError) in try Files.makeDirectories(job.spool) }
      }
      try await lanes.run(layer.id) {
        let session = try await WorkerSession.start(executable, job, pool: pool)
        let staged = try await ending(session) {
          try await RefetchSession(fetcher: self, session: session, layer: layer, staging: staging).run()
        }
        let result: Result<Void, any Error>
        do { result = .success(try await install(staged)) } catch { result = .failure(error) }
        try await pool.run { () throws(WherryError) in
          try WherryError.converting { () throws(SystemError) in _ = try Files.removeTree(staged.folder) }
        }
        try result.get()
      }
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

  func job(_ kind: FetchJob.Kind, _ staging: String) async throws -> FetchJob {
    var job = FetchJob(kind: kind, staging: staging, layers: store.state.layers)
    job.insecure = settings.insecureRegistries
    job.certificateAuthority = settings.certificateAuthorityFile
    job.certificateFolders = settings.certificateFolders
    job.proxies = settings.proxies
    job.rateLimit = settings.rateLimit
    job.concurrentDownloads = settings.concurrentDownloads
    job.registry = registryLimits
    job.extraction = extractionLimits
    return job
  }

  func makeStaging(_ prefix: String) async throws -> String {
    try await pool.run { [store] () throws(WherryError) in try store.staging.makeFolder(prefix) }
  }

  /// Where `reference` may be fetched from; `credential` is for its own registry.
  func places(of reference: Reference, credential: String?) async throws -> [FetchJob.Place] {
    var places: [FetchJob.Place] = []
    for place in try MirrorRule.places(of: reference, settings.mirrors) {
      let isOwn = place.domain == reference.domain && place.repository == reference.path
      var known = isOwn ? credential : nil
      if known == nil {
        known = try await AuthFile.credential(for: place.domain, in: settings.authFile, pool: pool)
      }
      places.append(
        FetchJob.Place(domain: place.domain, repository: place.repository, credential: known))
    }
    return places
  }

  /// Whatever happens, the space in staging comes back, but for what a download had kept of a layer; what a crash left
  /// is taken care of when the daemon starts.
  func cleaning<Value>(_ staging: String, _ body: () async throws -> Value) async throws -> Value {
    let result: Result<Value, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    let failure = await pool.run { [store] () -> WherryError? in
      var failure: WherryError?
      do throws(WherryError) {
        try store.partials.keep("\(staging)/\(PartialBlobs.spoolName)")
        try store.partials.expire()
      } catch {
        failure = error
      }
      do throws(SystemError) { try Files.removeTree(staging) } catch { failure = WherryError(error) }
      return failure
    }
    if case .success = result, let failure { throw failure }
    return try result.get()
  }

  func ending<Value>(
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

  /// Checked again.
  static func opaqueFolders(_ unpacked: UnpackedLayer) throws(WherryError) -> [[UInt8]] {
    var opaque: [[UInt8]] = []
    for bytes in unpacked.opaque.split(separator: 0, omittingEmptySubsequences: false).dropLast() {
      guard let path = TreePath(checking: Array(bytes)), !path.isRoot else {
        throw WherryError(.protocolViolation, "fetch worker named an impossible folder")
      }
      opaque.append(path.bytes)
    }
    return opaque
  }

  /// Makes an unpacked layer visible. Blocks.
  static func commit(
    _ folder: String, _ unpacked: UnpackedLayer, _ record: LayerRecord, in store: Store
  ) throws(WherryError) {
    let opaque = try opaqueFolders(unpacked)
    // Out of the worker's reach, and one level up, where the layer store takes it from.
    let staged = try store.staging.makeFolder("layer")
    try WherryError.converting { () throws(SystemError) in try Files.rename(folder, to: staged) }
    do {
      try store.layers.commit(staged: staged, record, opaqueFolders: opaque)
    } catch {
      // Best effort: a sweep takes what stays.
      do { try store.staging.discard(staged) } catch {}
      throw error
    }
  }
}
