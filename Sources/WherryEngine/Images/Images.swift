import Synchronization
import WherryLinux
package import WherryModel
package import WherryOCI
package import WherryWire

/// The images of the device.
package final class Images: Sendable {
  let shelf: ImageShelf
  let fetcher: any ImageFetcher
  let settings: EngineSettings
  let table: ContainerTable
  private let events: EventLog
  private let cleanups: CleanupRequests
  private let pulls = PullTable()
  /// Naming and removing go one after the other.
  private let lane = SerialLane()
  /// Fetches under way: what they have found to be here already must stay.
  private let fetches = Atomic<Int>(0)

  init(
    shelf: ImageShelf, fetcher: any ImageFetcher, settings: EngineSettings, table: ContainerTable,
    events: EventLog, cleanups: CleanupRequests
  ) {
    self.shelf = shelf
    self.fetcher = fetcher
    self.settings = settings
    self.table = table
    self.events = events
    self.cleanups = cleanups
  }

  /// Newest first.
  package func list(filters: [String: [String]] = [:]) async throws -> [Image] {
    let filters = try ImageFilters(filters)
    return try filters.apply(to: await shelf.images())
      .sorted { ($0.created, $0.id.hex) > ($1.created, $1.id.hex) }
  }

  package var count: Int {
    get async throws { try await shelf.count }
  }

  package func userCount(of image: Image) -> Int { table.userCount(of: image.id.description) }

  /// By name, ID or unique prefix; nil where there is none. By a tag, the image has this name only.
  package func find(_ text: String) async throws -> Image? {
    if let reference = Self.tag(text), let image = try await shelf.image(named: reference) { return image }
    return try ImageLookup.find(text, in: await shelf.images())?.image
  }

  /// A tag wins over everything else that the text may be, so it is looked for first.
  static func tag(_ text: String) -> Reference? {
    guard !text.isEmpty, !text.hasPrefix("sha256:") else { return nil }
    do { return try Reference(text) } catch { return nil }
  }

  /// As `find`; throws `notFound`.
  package func require(_ text: String) async throws -> Image {
    guard let image = try await find(text) else { throw ImageLookup.notFound(text) }
    return image
  }

  /// As `require`, and the image has all of its names: one that was found by a tag has that tag alone, because a
  /// start of a container does not look at the others. Throws `notFound`.
  package func requireWithNames(_ text: String) async throws -> Image {
    guard let image = try ImageLookup.find(text, in: await shelf.images())?.image else {
      throw ImageLookup.notFound(text)
    }
    return image
  }

  package struct Pulled: Sendable, Equatable {
    package var id: Digest
    package var digest: Digest
    package var reference: Reference
    package var changed: Bool
  }

  /// Asks the registry, whatever is here: a local image is never taken for what another name says (A10).
  /// A second pull of the same waits for the first.
  package func pull(
    _ text: String, platform: Platform? = nil, options: PullOptions = PullOptions(),
    progress: @escaping @Sendable (PullProgress) -> Void = { _ in }
  ) async throws -> Pulled {
    let reference = try Reference(text)
    let platform = platform ?? settings.platform
    let fetcher = self.fetcher
    let before = try await shelf.holder(of: reference)
    let fetched = try await pulls.pull("\(reference) \(platform)", progress: progress) { relay in
      try await whileFetching {
        try await fetcher.pull(reference, platform: platform, options: options, progress: relay)
      }
    }
    if let wanted = reference.digest, fetched.digest != wanted {
      throw WherryError(.dataLoss, "pull of \(reference.familiar) brought \(fetched.digest): refused")
    }
    record("pull", reference.familiar, name: reference.familiar)
    if let before, before != fetched.id { await noteMove(of: reference, from: before) }
    cleanups.send()
    return Pulled(
      id: fetched.id, digest: fetched.digest, reference: reference.canonical(fetched.digest),
      changed: fetched.changed)
  }

  /// Pulls what `run` needs, as its policy says.
  package func ensure(
    _ text: String, policy: PullPolicy, platform: Platform? = nil,
    progress: @escaping @Sendable (PullProgress) -> Void
  ) async throws {
    switch policy {
    case .never: _ = try await require(text)
    case .always: _ = try await pull(text, platform: platform, progress: progress)
    case .missing:
      if try await present(text, platform: platform) != nil { return }
      if text.hasPrefix("sha256:") { throw ImageLookup.notFound(text) }
      _ = try await pull(text, platform: platform, progress: progress)
    default: throw WherryError(.unsupported, "--pull: unknown policy \(policy.rawValue)")
    }
  }

  /// The image where it is here, and for `platform`.
  package func present(_ text: String, platform: Platform?) async throws -> Image? {
    guard let image = try await find(text) else { return nil }
    if let platform, !Self.matches(image.configuration.platform, platform) { return nil }
    return image
  }

  private static func matches(_ have: Platform, _ want: Platform) -> Bool {
    have.os == want.os && have.architecture == want.architecture
      && (want.variant == nil || have.variant == nil || have.variant == want.variant)
  }

  /// Makes an image of one archive; returns its ID.
  package func importArchive(
    _ archive: some AsyncSequence<[UInt8], any Error> & Sendable, reference: String? = nil,
    message: String? = nil,
    changes: [String] = []
  ) async throws -> Digest {
    let name = try Self.newName(reference, of: "import")
    var configuration = ImageConfiguration(created: Timestamp.now(), platform: settings.platform)
    try ImportChanges.apply(changes, to: &configuration.config)
    configuration.history = [
      .init(created: configuration.created, comment: message ?? "imported by wherry")
    ]
    let id = try await make(archive, over: nil, configuration, name)
    record("import", id.description, name: name?.familiar ?? id.description)
    return id
  }

  /// The name a new image is to get; nil where none is asked for.
  static func newName(_ text: String?, of verb: String) throws(WherryError) -> Reference? {
    guard let text, !text.isEmpty else { return nil }
    let name = try Reference(text)
    guard name.digest == nil else {
      throw WherryError(
        .invalidArgument, "\(verb): \(name.familiar) has a digest, which cannot be known before",
        hint: "name it NAME[:TAG]")
    }
    return name
  }

  /// Makes an image of an archive, over layers that somebody holds, and names it.
  func make(
    _ archive: some AsyncSequence<[UInt8], any Error> & Sendable, over base: ImageBase?,
    _ configuration: ImageConfiguration, _ name: Reference?
  ) async throws -> Digest {
    try await whileFetching {
      let image = try await fetcher.importArchive(archive, over: base, configuration: configuration)
      if let name {
        try await lane.run { try await shelf.name(name, image: image.id, manifest: image.digest) }
      }
      return image.id
    }
  }

  /// Naming goes one after the other with removing.
  func naming<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
    try await lane.run(body)
  }

  func recordPrune(reclaimed: UInt64) { events.recordPrune("image", reclaimed: reclaimed) }

  func record(_ action: String, _ id: String, name: String) {
    events.record(Event(time: .now(), type: "image", action: action, id: id, attributes: ["name": name]))
  }

  /// Removals that begin from now on keep all layers; one that has begun is waited for.
  func whileFetching<Value>(_ body: () async throws -> Value) async throws -> Value {
    fetches.add(1, ordering: .sequentiallyConsistent)
    defer { fetches.subtract(1, ordering: .sequentiallyConsistent) }
    try await lane.run {}
    return try await body()
  }

  var isFetching: Bool { fetches.load(ordering: .sequentiallyConsistent) > 0 }

  /// Whether the image is still here, for a container that has just taken hold of it.
  func exists(_ image: Image) async throws -> Bool { try await shelf.exists(image.id) }

  /// A container that outlived its image is gone: its layers go, where nothing else stands on them.
  func free(layersOf record: ContainerRecord) async throws {
    let image = try Digest(record.imageID)
    let layers = try record.layers.map { text throws(WherryError) in try Digest(text) }
    try await lane.run {
      guard try await !shelf.exists(image), !isFetching else { return }
      _ = try await shelf.deleteLayers(layers, needed: table.layersInUse)
    }
  }

  package struct Removed: Sendable, Equatable {
    package var untagged: [String] = []
    package var deleted: [String] = []
  }

  /// Takes names off, and with the last one the image and the layers nothing else needs.
  package func remove(
    _ text: String, force: Bool = false, isRunning: @Sendable (ContainerEntry) async throws -> Bool
  ) async throws -> Removed {
    try await lane.run {
      let images = try await shelf.images()
      guard let (image, match) = try ImageLookup.find(text, in: images) else {
        throw ImageLookup.notFound(text)
      }
      let id = image.id.description
      guard table.beginRemoval(ofImage: id) else {
        throw WherryError(.conflict, "image \(image.id.short) is being removed")
      }
      defer { table.endRemoval(ofImage: id) }
      var users: [ImageRemoval.User] = []
      for entry in table.users(of: id) {
        users.append(.init(name: entry.record.name, isRunning: try await isRunning(entry)))
      }
      if table.userCount(of: id) > users.count {
        users.append(.init(name: "under creation", isRunning: true))
      }
      let removal = try ImageRemoval(of: image, by: match, users: users, force: force)
      let needed = table.layersInUse.union(isFetching ? image.layers : [])
      let shelf = self.shelf
      return try await Shield.run {
        var result = Removed()
        for name in removal.untagged {
          try await shelf.unname(name)
          result.untagged.append(name.familiar)
          self.record("untag", id, name: name.familiar)
        }
        guard removal.deletes else { return result }
        let layers = try await shelf.delete(image, needed: needed)
        self.record("delete", id, name: id)
        result.deleted = [id] + layers.map(\.description)
        return result
      }
    }
  }
}
