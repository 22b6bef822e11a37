import WherryLinux
package import WherryModel
import WherryOCI
import WherryStore

extension Containers {
  /// Makes an image of the container's image and one layer of what the container has changed of it.
  ///
  /// The files go from the container's folder through a pipe into the confined worker, which makes the layer: bytes of
  /// a container are as hostile as a registry's. Nothing else happens to the container meanwhile.
  package func commit(_ reference: String, _ request: CommitRequest) async throws -> Digest {
    let entry = try context.table.find(reference)
    let name = try Images.newName(request.reference, of: "commit")
    _ = try await operate(entry, nil)
    let context = self.context
    let id = try await entry.lane.run {
      let record = entry.record
      guard entry.state != .removing, entry.state != .dead, entry.state != .removed else {
        throw WherryError(
          .conflict, "container \(record.name) is being removed", hint: "wherry ps --all shows what is left")
      }
      let base = ImageBase(
        image: try Digest(record.imageID), layers: try record.layers.map { text in try Digest(text) })
      let image = try await context.images.find(record.imageID)?.configuration
      let diffIDs = try await context.pool.run { () throws(WherryError) in
        try context.diffIDs(of: base, container: record.name)
      }
      let configuration = try request.configuration(
        of: record, image: image, layers: diffIDs, platform: context.settings.platform, at: .now())
      let archiver = try await context.pool.run { () throws(WherryError) in
        try context.layerArchiver(of: record, id: entry.id)
      }
      return try await self.standingStill(entry, request.pauses) { _ in
        try await context.images.make(
          LayerChunks(archiver: archiver, pool: context.walks.pool, container: record.name), over: base,
          configuration, name)
      }
    }
    var attributes = ["imageID": id.description, "comment": request.message ?? ""]
    if let name { attributes["imageRef"] = name.description }
    context.record("commit", of: entry, attributes)
    return id
  }

  /// As below, with all of these that there are. `body` gets those that stand still.
  func standingStill<Value: Sendable>(
    _ ids: some Collection<ContainerID>, _ body: (Set<ContainerID>) async throws -> Value
  ) async throws -> Value {
    // In one order, so that two never wait for each other.
    let entries = ids.sorted { $0.rawValue < $1.rawValue }.compactMap { context.table.entry($0) }
    return try await standingStill(entries[...], [], body)
  }

  private func standingStill<Value: Sendable>(
    _ entries: ArraySlice<ContainerEntry>, _ still: Set<ContainerID>,
    _ body: (Set<ContainerID>) async throws -> Value
  ) async throws -> Value {
    guard let entry = entries.first else { return try await body(still) }
    return try await entry.lane.run {
      try await standingStill(entry, true) { isStill in
        try await standingStill(entries.dropFirst(), isStill ? still.union([entry.id]) : still, body)
      }
    }
  }

  /// Pauses a container that runs, and lets it go on whatever comes. Runs in the container's lane. `body` gets whether
  /// it is paused, by whomever.
  private func standingStill<Value: Sendable>(
    _ entry: ContainerEntry, _ isWanted: Bool, _ body: (Bool) async throws -> Value
  ) async throws -> Value {
    let (supervisor, run, id) = (context.supervisor, context.run, entry.id)
    guard isWanted, entry.state != .created, case .running(let pid, _, _) = try await supervisor.observe(id)
    else { return try await body(false) }
    if try await supervisor.isPaused(id, pid: pid) { return try await body(true) }
    // A daemon that is killed meanwhile leaves this: the next one knows that no user paused it.
    try WherryError.converting { () throws(SystemError) in
      try Files.makeDirectories(run.commits)
      try Files.write(run.commit(id), [])
    }
    let result: Result<Value, any Error>
    do {
      try await supervisor.setPaused(id, true)
      result = .success(try await body(true))
    } catch {
      result = .failure(error)
    }
    do {
      try await Shield.run {
        try await supervisor.setPaused(id, false)
        try Files.unlink(run.commit(id))
      }
    } catch {
      context.settings.report("container \(entry.record.name): letting it go on failed: \(error), ignoring")
    }
    return try result.get()
  }

  /// Lets those go on that a daemon paused for a commit or a snapshot and did not live to see its end.
  func resumeCommitted() async {
    do {
      guard try Files.exists(context.run.commits) else { return }
      for name in try Files.list(context.run.commits) {
        let note = "\(context.run.commits)/\(name)"
        guard let id = Self.containerID(name), let entry = context.table.entry(id) else {
          try Files.unlink(note)
          continue
        }
        do {
          try await entry.lane.run {
            // Not that of one which began meanwhile: such a one is over, and its note gone.
            guard try Files.exists(note) else { return }
            try await resume(entry)
            try Files.unlink(note)
          }
        } catch {
          context.settings.report(
            "container \(entry.record.name): letting it go on failed: \(error), ignoring")
        }
      }
    } catch {
      context.settings.report("containers that a commit or a snapshot had paused: \(error), ignoring")
    }
  }

  /// Pausing may still be under way: what a daemon asked of systemd or the runtime is carried out without it, and can
  /// only be taken back once it is.
  private func resume(_ entry: ContainerEntry) async throws {
    let supervisor = context.supervisor
    var failure: (any Error)?
    for attempt in 0..<Self.resumeAttempts {
      if attempt > 0 { try await context.settings.sleep(Self.resumePause) }
      guard case .running(let pid, _, _) = try await supervisor.observe(entry.id) else { return }
      guard try await supervisor.isPaused(entry.id, pid: pid) else { continue }
      do {
        try await supervisor.setPaused(entry.id, false)
        context.record("unpause", of: entry)
        return
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  private static let resumeAttempts = 50
  private static let resumePause = Duration.milliseconds(100)

  private static func containerID(_ text: String) -> ContainerID? {
    do { return try ContainerID(text) } catch { return nil }
  }
}
