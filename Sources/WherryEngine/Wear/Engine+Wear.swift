import WherryLinux
import WherryModel
import WherryStore

/// Who has written how much.
package struct WearReport: Sendable {
  package enum Writer: Sendable, Equatable {
    case container
    /// All containers that are no more.
    case removed
    /// The daemon and its workers.
    case engine
    /// Everybody, to the disk that holds the state.
    case disk

    var counter: WearLedger.Kind {
      switch self {
      case .container: .written
      case .removed: .removed
      case .engine: .own
      case .disk: .disk
      }
    }
  }

  package struct Row: Sendable, Equatable {
    package var writer: Writer
    package var name: String
    /// Nil: not counted here.
    package var written: UInt64?
    package var daily: UInt64?
    /// Milliseconds for which it was counted.
    package var time: UInt64
    /// There was a time in which the kernel did not count.
    package var hasGap: Bool

    init(_ writer: Writer, _ name: String, _ ledger: WearLedger) {
      self.writer = writer
      self.name = name
      written = ledger.total(writer.counter)
      daily = ledger.daily(writer.counter)
      time = ledger.total(.time) ?? 0
      hasGap = ledger.gaps.contains(writer.counter)
    }
  }

  /// Containers by name, then those removed, the engine, and the disk.
  package var rows: [Row]
  package var rating: StorageRating?

  /// Of the disk, which counts all; where that is not known, of the containers and the engine.
  package var daily: UInt64? {
    if let disk = rows.first(where: { $0.writer == .disk }), disk.written != nil { return disk.daily }
    let known = rows.filter { $0.writer != .disk }.compactMap(\.daily)
    return known.isEmpty ? nil : known.reduce(0, UInt64.saturatingSum)
  }

  package var life: Double? { daily.flatMap { rating?.life(at: $0) } }
}

extension EngineContext {
  var wearBook: WearBook { WearBook(run: run, state: store.state) }

  /// Its files go with it; what it wrote counts on.
  func forgetWear(of id: ContainerID) {
    do {
      try wearBook.forget(id)
    } catch {
      settings.report("container \(id.short): \(error.message), ignoring")
    }
  }

  /// Asks the kernel what was written by the container, and the time, which goes on while it is down too.
  func noteWear(of id: ContainerID) async throws {
    var events = [try WearReading.time()]
    if let event = try await supervisor.wear(id) { events.append(event) }
    let book = wearBook
    try await pool.run { [events] () throws(WherryError) in try book.note(events, of: id) }
  }

  func noteDeviceWear() async throws {
    let book = wearBook
    try await pool.run { [store] () throws(WherryError) in
      let events = try WherryError.converting { () throws(SystemError) in
        [try WearReading.time(), try WearReading.own(), try WearReading.disk(of: store.state.path)]
      }
      try book.noteDevice(events)
    }
  }
}

extension Engine {
  /// Notes what was written until now. Without a daemon nobody counts but the kernel, and, at their ends, the hooks of
  /// containers: to be called before the daemon goes.
  package func noteWear() async {
    for entry in context.table.entries where entry.state != .created {
      do {
        try await context.noteWear(of: entry.id)
      } catch {
        context.settings.report("container \(entry.id.short): counting its writes: \(error), ignoring")
      }
    }
    do {
      try await context.noteDeviceWear()
    } catch {
      context.settings.report("counting writes: \(error), ignoring")
    }
  }

  package func wear() async throws -> WearReport {
    await noteWear()
    let (book, state) = (context.wearBook, context.store.state)
    let containers = context.table.entries.map { (id: $0.id, name: $0.record.name) }
    let rows = try await context.pool.run { () throws(WherryError) -> [WearReport.Row] in
      var rows: [WearReport.Row] = []
      for container in containers.sorted(by: { $0.name < $1.name }) {
        rows.append(WearReport.Row(.container, container.name, try book.ledger(of: container.id)))
      }
      let device = try book.deviceLedger()
      rows.append(WearReport.Row(.removed, "", device))
      rows.append(WearReport.Row(.engine, "", device))
      let disk = try WherryError.converting { () throws(SystemError) in
        try WearReading.diskName(of: state.path)
      }
      rows.append(WearReport.Row(.disk, disk ?? "", device))
      return rows
    }
    return WearReport(rows: rows, rating: context.settings.storageRating)
  }

  /// A line for `info`, from what was noted last; nil where there is no rating, or nothing to warn of.
  package func wearWarning() async throws -> String? {
    guard let rating = context.settings.storageRating else { return nil }
    let ledger = try await context.pool.run { [book = context.wearBook] () throws(WherryError) in
      try book.deviceLedger()
    }
    return rating.warning(daily: ledger.daily(.disk), milliseconds: ledger.total(.time) ?? 0)
  }
}
