import WherryLinux
import WherryModel

// How containers follow the device from one network to the next.
//
// The device's resolv.conf changes; whoever sees that calls `resolverChanged`: the path unit wherry-resolver.path through
// `internal resolver`, or, where the daemon stays, the daemon's own watch. Then the name service's files name the new
// servers, and containers that have a copy of the device's file get a new one, unless they have changed theirs.

extension Engine {
  /// Brings the name service and the resolv.conf of running containers to what the device's says now. Goes on past
  /// failures and reports them. Does nothing where nothing has changed.
  package func resolverChanged() async {
    await networks.serversChanged()
    // A second time those that have another container's: it may have been renewed after them.
    let entries = context.table.entries
    let sharers = entries.filter { context.sharedFiles(of: $0.record) != nil }
    for group in [entries, sharers] {
      await withDiscardingTaskGroup { tasks in
        for entry in group { tasks.addTask { await self.renewResolver(of: entry) } }
      }
    }
  }

  private func renewResolver(of entry: ContainerEntry) async {
    do {
      try await entry.lane.run { [context] in
        let record = entry.record
        try await context.pool.run { () throws(WherryError) in
          try context.renewResolver(of: record, id: entry.id)
        }
      }
    } catch is CancellationError {
    } catch {
      context.settings.report("resolv.conf of container \(entry.record.name): \(error), ignoring")
    }
  }

  /// Until cancelled, where no unit watches for the daemon.
  func followResolver() async {
    let resolver = DeviceResolver(file: context.settings.resolverFile)
    while !Task.isCancelled {
      do {
        let (folders, names) = try resolver.places()
        let watch = try FileWatch(folders, [.writtenAndClosed, .movedIn, .created, .deleted])
        await resolverChanged()
        for try await event in watch where names.contains(event.name) || event.changes.contains(.overflow) {
          break
        }
        // Whoever writes it may not be done.
        try await context.settings.sleep(.milliseconds(200))
      } catch is CancellationError {
        return
      } catch {
        context.settings.report("watch \(resolver.file): \(error), ignoring")
        return
      }
    }
  }
}
