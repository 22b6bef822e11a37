import WherryLinux
import WherryModel
import WherryStore
import WherryWire

extension Volumes {
  /// Throws `conflict`, with the containers' names, for one that a container has.
  package func remove(_ name: String, force: Bool = false) async throws {
    try await lanes.run(name) {
      if force, table.find(name) == nil { return }
      let record = try table.require(name)
      let users = userNames(of: name)
      guard users.isEmpty else {
        throw WherryError(
          .conflict, "remove \(name): volume is in use - [\(users.joined(separator: ", "))]",
          hint: "remove the containers first: wherry rm \(users.joined(separator: " "))",
          details: ["containers": users.joined(separator: " ")])
      }
      try await delete(record, force: force)
    }
  }

  /// One that was made for a container, unless another has it by now.
  func removeAnonymous(_ name: String, of holder: ContainerID) async throws {
    try await lanes.run(name) {
      guard let record = table.find(name), record.anonymous ?? false,
        table.users(of: name).isSubset(of: [holder])
      else { return }
      try await delete(record)
    }
  }

  /// In the volume's lane.
  private func delete(_ record: VolumeRecord, force: Bool = false) async throws {
    let (volumes, users) = (store.volumes, run.volumeUsers(try VolumeName(record.name)))
    let (name, data) = (try VolumeName(record.name), data(record.name))
    let isBorrowed = try await pool.run { () throws(SystemError) in try Self.isMarked(users) }
    guard !isBorrowed else {
      throw WherryError(
        .conflict, "remove \(name): volume is in use - it is being exported or imported", hint: "try again")
    }
    try await Shield.run {
      try await self.threads(for: record).run { () throws(WherryError) in
        // One that a killed daemon left mounted: what it holds must not be deleted.
        try WherryError.converting("unmount volume \(name)") { () throws(SystemError) in
          if !record.isFolder { try WherryLinux.Mount.unmountAll(data) }
        }
      }
      try await self.removeAtPlugin(record, force: force)
      try await self.walks.pool.run { () throws(WherryError) in try volumes.remove(name) }
    }
    table.remove(record.name)
    self.record("destroy", of: record)
  }

  /// `force` lets Wherry forget a volume whose plugin is no more; what it holds stays where the plugin kept it.
  private func removeAtPlugin(_ record: VolumeRecord, force: Bool) async throws {
    guard record.isPlugins else { return }
    do {
      try await payOwed(record)
      try await plugins.remove(record.driver, volume: record.name)
    } catch {
      let error = WherryError.wrapping(error)
      if force, error.code == .notFound {
        settings.report("volume \(record.name) is forgotten, not removed: \(error)")
        return
      }
      throw WherryError(
        error.code, "remove \(record.name): \(error.message)",
        hint: error.code == .notFound
          ? "put the plugin back, or wherry volume rm -f \(record.name), which leaves what it holds with the plugin"
          : error.hint, cause: error)
    }
  }

  package struct Pruned: Sendable, Equatable {
    package var names: [String] = []
    /// Bytes of their files.
    package var reclaimed: UInt64 = 0
  }

  /// Removes the anonymous volumes that no container has, or `all` of those but snapshots. As Docker's, not those of
  /// plugins: others may use them, elsewhere.
  package func prune(
    all: Bool = false, filters: [String: [String]] = [:], dryRun: Bool = false
  ) async throws -> Pruned {
    let filters = try VolumeFilters(filters, prunes: true)
    var pruned = Pruned()
    for record in table.records.sorted(by: { $0.name < $1.name }) {
      guard all || record.anonymous ?? false, record.snapshotOf == nil, !record.isPlugins,
        table.users(of: record.name).isEmpty,
        filters.matches(record, isUsed: false)
      else { continue }
      try Task.checkCancellation()
      let size = try await size(of: record) ?? 0
      do {
        if !dryRun { try await remove(record.name) }
      } catch {
        switch WherryError.wrapping(error).code {
        // Taken or removed meanwhile.
        case .notFound, .conflict: continue
        default: throw error
        }
      }
      pruned.names.append(record.name)
      pruned.reclaimed = .saturatingSum(pruned.reclaimed, size)
    }
    if !dryRun { events.recordPrune("volume", reclaimed: pruned.reclaimed) }
    return pruned
  }

  /// Bytes on disk; nil where what it holds is on another file system, or it is gone.
  func size(of record: VolumeRecord) async throws -> UInt64? {
    if !record.isFolder { return nil }
    let data = data(record.name)
    return try await walks.usage {
      try WherryError.converting { () throws(SystemError) in
        try Files.exists(data) ? try TreeSize(of: data).allocated : nil
      }
    }
  }
}
