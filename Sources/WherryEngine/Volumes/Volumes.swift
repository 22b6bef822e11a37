import WherryLinux
package import WherryModel
import WherryStore
package import WherryWire

/// The volumes of the device.
package final class Volumes: Sendable {
  let store: Store
  let run: RunDirectory
  let pool: BlockingPool
  let walks: FileWalks
  /// For file systems that volumes' options name: a server that is gone holds up only what is of its kind.
  let mounts = BlockingPool(maximumThreads: 2)
  let plugins: any VolumePlugins
  let settings: EngineSettings
  let containers: ContainerTable
  let events: EventLog
  let table = VolumeTable()
  /// What changes one volume goes one after the other; volumes do not wait for each other.
  let lanes = SerialLanes<String>()

  var shelf: VolumeShelf { VolumeShelf(store: store.volumes) }

  init(
    store: Store, run: RunDirectory, pool: BlockingPool, walks: FileWalks, plugins: any VolumePlugins,
    settings: EngineSettings, containers: ContainerTable, events: EventLog
  ) {
    self.store = store
    self.run = run
    self.pool = pool
    self.walks = walks
    self.plugins = plugins
    self.settings = settings
    self.containers = containers
    self.events = events
  }

  /// Loads every record. To be called once, before anything else.
  func recover() async throws {
    let shelf = self.shelf
    for record in try await pool.run({ () throws(WherryError) in try shelf.loadAll() }) {
      table.insert(record)
    }
    let (run, records) = (run, table.records)
    do {
      try await pool.run { () throws(SystemError) in try Self.forgetCallers(run, records) }
    } catch {
      settings.report("tidy up \(run.volumes): \(error), ignoring")
    }
  }

  /// What is wanted of a volume that may have to be made.
  struct Request: Sendable {
    var name: VolumeName
    var driver: String?
    var options: [String: String]?
    var labels: [String: String]?
    var isAnonymous = false
  }

  /// Makes a volume, or finds the one of that name. Throws `conflict` where that one has another driver or other options.
  package func create(
    _ name: String?, driver: String? = nil, options: [String: String]? = nil, labels: [String: String]? = nil
  ) async throws -> VolumeDetail {
    let isAnonymous = (name ?? "").isEmpty
    let request = Request(
      name: isAnonymous ? .random() : try VolumeName(name ?? ""), driver: driver, options: options,
      labels: labels, isAnonymous: isAnonymous)
    return detail(of: try await ensure(request))
  }

  /// The volume, made where there is none; `holder` has it from then on.
  @discardableResult
  func ensure(_ request: Request, for holder: ContainerID? = nil) async throws -> VolumeRecord {
    try Self.validate(request)
    let name = request.name.rawValue
    return try await lanes.run(name) {
      let record: VolumeRecord
      if let existing = table.find(name) {
        try Self.check(existing, fits: request)
        record = existing
      } else {
        record = try await make(request)
      }
      if let holder { table.hold(name, by: holder) }
      return record
    }
  }

  private static func check(_ existing: VolumeRecord, fits request: Request) throws(WherryError) {
    if let driver = request.driver, !driver.isEmpty, driver != existing.driver {
      throw WherryError(
        .conflict,
        "A volume named \"\(existing.name)\" already exists with the \"\(existing.driver)\" driver. "
          + "Choose a different volume name.")
    }
    if let options = request.options, !options.isEmpty, options != existing.options ?? [:] {
      throw WherryError(
        .conflict, "a volume named \"\(existing.name)\" already exists with other options",
        hint: "choose another name; wherry volume inspect \(existing.name) shows its options")
    }
  }

  private static func validate(_ request: Request) throws(WherryError) {
    let driver = request.driver ?? ""
    if driver.isEmpty || driver == LocalDriver.name {
      try LocalDriver.validate(request.options ?? [:])
    } else {
      try checkOptions(request.options ?? [:])
    }
    let labels = request.labels ?? [:]
    guard labels.count <= 1024, labels.allSatisfy({ $0.key.utf8.count + $0.value.utf8.count <= 65536 }) else {
      throw SpecValidation.invalid("--label: too many labels, or one that is longer than 64 KiB")
    }
    if labels.keys.contains("") { throw SpecValidation.invalid("--label: a label has no name") }
  }

  /// Of a plugin's: what they mean is its own matter.
  private static func checkOptions(_ options: [String: String]) throws(WherryError) {
    guard options.count <= 256, options.allSatisfy({ $0.key.utf8.count + $0.value.utf8.count <= 8192 }) else {
      throw SpecValidation.invalid("too many driver options, or one that is longer than 8 KiB")
    }
    if options.keys.contains("") { throw SpecValidation.invalid("a driver option has no name") }
  }

  /// In the volume's lane.
  private func make(_ request: Request) async throws -> VolumeRecord {
    guard table.count < VolumeTable.maximumVolumes else {
      throw WherryError(
        .resourceExhausted, "there are \(VolumeTable.maximumVolumes) volumes already",
        hint: "remove some: wherry volume prune")
    }
    func nonEmpty(_ map: [String: String]?) -> [String: String]? { map?.isEmpty ?? true ? nil : map }
    let record = VolumeRecord(
      name: request.name.rawValue, created: .now(), driver: request.driver.nonEmpty ?? LocalDriver.name,
      options: nonEmpty(request.options), labels: nonEmpty(request.labels),
      anonymous: request.isAnonymous ? true : nil)
    try await createAtPlugin(record)
    let (shelf, volumes) = (shelf, store.volumes)
    try await Shield.run {
      try await self.pool.run { () throws(WherryError) in
        try shelf.commit(record, staged: try volumes.stage())
      }
    }
    table.insert(record)
    self.record("create", of: record)
    return record
  }

  // MARK: Looking

  /// By name.
  package func list(filters: [String: [String]] = [:]) throws(WherryError) -> [VolumeDetail] {
    let filters = try VolumeFilters(filters)
    return table.records.filter { filters.matches($0, isUsed: !table.users(of: $0.name).isEmpty) }
      .sorted { $0.name < $1.name }.map(detail)
  }

  /// A plugin is asked for what it says of its volume; one that cannot be asked says nothing.
  package func inspect(_ name: String) async throws -> VolumeDetail {
    let record = try table.require(name)
    var detail = detail(of: record)
    guard record.isPlugins else { return detail }
    do {
      detail.status = try await plugins.get(record.driver, volume: name)?.status
      let isGlobal = try await plugins.describe(record.driver).scope == .global
      detail.scope = isGlobal ? "global" : nil
    } catch {
      if error is CancellationError { throw error }
      detail.status = ["Error": WherryError.wrapping(error).message]
    }
    return detail
  }

  func detail(of record: VolumeRecord) -> VolumeDetail {
    let users = userNames(of: record.name)
    return VolumeDetail(
      name: record.name, driver: record.driver, mountpoint: data(record.name), created: record.created,
      labels: record.labels, options: record.options, anonymous: record.anonymous,
      snapshotOf: record.snapshotOf, containers: users.isEmpty ? nil : users)
  }

  /// Names of the containers that have it.
  func userNames(of name: String) -> [String] {
    table.users(of: name).map { id in containers.entry(id)?.record.name ?? id.short }.sorted()
  }

  /// For what is short unless a server is gone.
  func threads(for record: VolumeRecord) -> BlockingPool { record.isFolder ? pool : mounts }

  /// Where it is on the device. Names of records are valid.
  func data(_ name: String) -> String { "\(store.state.volumes)/\(name)/data" }

  func record(_ action: String, of record: VolumeRecord, _ more: [String: String] = [:]) {
    events.record(
      Event(
        time: .now(), type: "volume", action: action, id: record.name,
        attributes: ["driver": record.driver].merging(more) { $1 }))
  }
}

extension String? {
  fileprivate var nonEmpty: String? { self?.isEmpty ?? true ? nil : self }
}
