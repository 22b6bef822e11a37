import WherryLinux
import WherryModel

extension PullThrough {
  /// Sees to it that the storage has a manifest.
  func bring(_ name: RepositoryName, _ digest: Digest, _ service: RegistryService) async throws {
    let reference = ManifestName.digest(digest)
    if try await has(name, reference, service) { return }
    if isAway { throw absence }
    let turn = await turn(name, reference)
    defer { withExtendedLifetime(turn) {} }
    // Somebody else may have brought it meanwhile, or found upstream away.
    if try await has(name, reference, service) { return }
    if isAway { throw absence }
    do {
      try await fetch(name, reference, service)
    } catch let error as SystemError {
      // Of the storage: no word on upstream.
      throw error
    } catch {
      throw RegistryProblem(upstream: error, absent: .manifestUnknown)
    }
  }

  /// Sees to it that the storage knows what a tag leads to. Gives headers for an answer that may be old.
  func lookUp(_ name: RepositoryName, _ tag: String, _ service: RegistryService) async throws
    -> [RegistryHeader]
  {
    if let headers = try offhand(try await state(of: tag, name, service)) { return headers }
    let turn = await turn(name, .tag(tag))
    defer { withExtendedLifetime(turn) {} }
    let known = try await state(of: tag, name, service)
    if let headers = try offhand(known) { return headers }
    do {
      if known == .stale, try await isConfirmed(name, tag, service) { return [] }
      try await fetch(name, .tag(tag), service)
      return []
    } catch let error as SystemError {
      throw error
    } catch {
      if known == .stale, Self.isAbsence(error) { return staleness }
      if known == .stale, (error as? WherryError)?.code == .notFound {
        let store = service.store
        _ = try await service.writers.run { () throws -> Bool in try store.removeManifest(name, .tag(tag)) }
      }
      throw RegistryProblem(upstream: error, absent: .manifestUnknown)
    }
  }

  /// The headers where upstream need not, or cannot, be asked about a tag: nobody waits for a turn then.
  private func offhand(_ known: TagState) throws(RegistryProblem) -> [RegistryHeader]? {
    if known == .fresh { return [] }
    guard isAway else { return nil }
    if known == .stale { return staleness }
    throw absence
  }

  /// For what was never fetched.
  private var absence: RegistryProblem {
    RegistryProblem(
      upstream: WherryError(.unavailable, "\(upstream.name) cannot be asked"), absent: .manifestUnknown)
  }

  private func has(_ name: RepositoryName, _ reference: ManifestName, _ service: RegistryService) async throws
    -> Bool
  {
    let store = service.store
    return try await service.pool.run { () throws(SystemError) -> Bool in
      try store.openManifest(name, reference) != nil
    }
  }

  private func state(of tag: String, _ name: RepositoryName, _ service: RegistryService) async throws
    -> TagState
  {
    let (store, lifetime) = (service.store, lifetime)
    return try await service.pool.run { () throws(SystemError) -> TagState in
      try store.state(of: tag, in: name, lifetime: lifetime, now: FileTime(.now()))
    }
  }

  /// Whether the tag leads to the same as before, or to another manifest that is here. Costs no transfer.
  private func isConfirmed(_ name: RepositoryName, _ tag: String, _ service: RegistryService) async throws
    -> Bool
  {
    guard let digest = try await asking({ try await upstream.digest(of: tag, in: name) }) else {
      return false
    }
    let store = service.store
    return try await service.writers.run { () throws -> Bool in
      guard try store.openManifest(name, .digest(digest)) != nil else { return false }
      try store.keepTag(tag, digest, in: name)
      return true
    }
  }

  private func fetch(_ name: RepositoryName, _ reference: ManifestName, _ service: RegistryService)
    async throws
  {
    let found = try await asking { try await upstream.manifest(reference, in: name) }
    let store = service.store
    do {
      _ = try await service.writers.run { () throws -> ManifestReceipt in
        try store.put(found.bytes, type: found.mediaType, to: name, reference, tags: [], complete: false)
      }
    } catch let problem as RegistryProblem {
      throw RegistryProblem(
        502, .unknown, "\(upstream.name) sent a manifest that is none: \(problem.message)")
    }
  }
}

/// What is known of a tag.
enum TagState: Sendable, Equatable {
  case unknown
  case stale
  case fresh
}

extension RegistryStore {
  func hasBlob(_ name: RepositoryName, _ digest: Digest) throws(SystemError) -> Bool {
    try openBlob(name, digest) != nil
  }

  func hasManifests(_ name: RepositoryName) throws(SystemError) -> Bool {
    try Files.exists("\(folder(name))/_manifests")
  }

  /// By when it was last looked up, which is when its file was written or touched. A time to come is none: the clock
  /// was set back.
  func state(
    of tag: String, in name: RepositoryName, lifetime: Duration, now: FileTime
  ) throws(SystemError) -> TagState {
    guard let status = try Files.statusIfPresent(tagFile(name, tag)),
      try openManifest(name, .tag(tag)) != nil
    else { return .unknown }
    let (age, overflow) = now.seconds.subtractingReportingOverflow(status.modified.seconds)
    return !overflow && age >= 0 && age < lifetime.components.seconds ? .fresh : .stale
  }

  /// Says that a tag leads there as of now.
  func keepTag(_ tag: String, _ digest: Digest, in name: RepositoryName) throws {
    try linking {
      if try resolve(name, .tag(tag)) == digest {
        try touch(tagFile(name, tag))
      } else {
        try link(tagFile(name, tag), Array(digest.description.utf8))
      }
    }
  }
}
