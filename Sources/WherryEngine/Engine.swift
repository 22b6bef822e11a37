import Synchronization
package import WherryLinux
import WherryModel
package import WherryStore
import WherryWire

/// The domain: containers and images of one state directory, over the ports that the composition root filled in.
package final class Engine: Sendable {
  package let containers: Containers
  package let images: Images
  package let networks: Networks
  package let volumes: Volumes
  package let cleaner: Cleaner
  let context: EngineContext

  /// Over an open store; `recover` comes next.
  package init(
    store: Store, run: RunDirectory, supervisor: any Supervisor, roots: any RootFilesystems,
    fetcher: any ImageFetcher, networkDriver: any NetworkDriver,
    plugins: any VolumePlugins = NoVolumePlugins(),
    pool: BlockingPool, settings: EngineSettings
  ) {
    let table = ContainerTable()
    let events = EventLog(EventFile(state: store.state), report: settings.report)
    let cleanups = CleanupRequests()
    images = Images(
      shelf: ImageShelf(store: store, pool: pool, report: settings.report), fetcher: fetcher,
      settings: settings,
      table: table, events: events, cleanups: cleanups)
    networks = Networks(
      store: store, run: run, pool: pool, driver: networkDriver, table: table, events: events,
      settings: settings)
    let walks = FileWalks()
    volumes = Volumes(
      store: store, run: run, pool: pool, walks: walks, plugins: plugins, settings: settings,
      containers: table, events: events)
    context = EngineContext(
      supervisor: supervisor, roots: roots, pool: pool, walks: walks, settings: settings,
      records: RecordShelf(store: store, run: run, pool: pool), store: store, run: run, table: table,
      images: images, networks: networks, volumes: volumes, notices: Notices(), events: events,
      bootGuard: BootGuard(settings, run: run), cleanups: cleanups)
    cleaner = Cleaner(context)
    containers = Containers(context)
  }

  /// Loads every record; a damaged one is set aside and named, and stops nothing. To be called once, before serving.
  package func recover() async throws {
    try await volumes.recover()
    let records = try await context.records.loadAll()
    for (id, record) in records {
      do {
        try context.table.reserve(
          id, name: try ContainerName(record.name), image: record.imageID, limit: .max)
        context.table.insert(ContainerEntry(id: id, loaded: record))
        for (name, _) in Volumes.byVolume(record.spec.mounts ?? []) { volumes.table.hold(name, by: id) }
      } catch {
        context.settings.report("container \(id.short) cannot be loaded: \(error), ignoring")
      }
    }
    try await networks.load(records)
  }

  /// Watches over containers until cancelled: records exits, removes what removes itself, and, where the supervisor
  /// needs a resident daemon, waits for the end of each running container.
  package func run() async {
    await takeUp()
    await withDiscardingTaskGroup { group in
      let watched = WatchedContainers()
      group.addTask { await self.cleaner.serve() }
      group.addTask { await self.volumes.payAllOwed() }
      if context.supervisor.needsResidentDaemon { group.addTask { await self.followResolver() } }
      for await notice in context.notices.stream {
        switch notice {
        case .exited(let id): group.addTask { await self.settle(id) }
        case .down(let id): group.addTask { await self.unmountRoot(id) }
        case .started(let id):
          guard watched.insert(id) else { continue }
          group.addTask { await self.watch(id, watched) }
        }
      }
    }
  }

  private func settle(_ id: ContainerID) async {
    do {
      try await containers.settle(id.rawValue)
    } catch is CancellationError {
    } catch {
      context.settings.report("container \(id.short): recording its end failed: \(error), ignoring")
    }
  }

  private func unmountRoot(_ id: ContainerID) async {
    guard let entry = context.table.entry(id) else { return }
    do {
      try await Shield.run { try await self.containers.returnRoot(of: entry) }
    } catch {
      context.settings.report("container \(id.short): unmounting its root failed: \(error), ignoring")
    }
  }

  private func watch(_ id: ContainerID, _ watched: WatchedContainers) async {
    repeat {
      do {
        try await containers.followToEnd(id)
      } catch is CancellationError {
      } catch {
        context.settings.report("container \(id.short): watching it failed: \(error), ignoring")
      }
      // Started again while its end was being recorded: watch on.
    } while !Task.isCancelled && watched.leave(id)
  }
}
