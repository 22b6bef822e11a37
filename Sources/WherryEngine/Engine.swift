import Synchronization
package import WherryLinux
import WherryModel
package import WherryStore

/// The domain: containers and images of one state directory, over the ports that the composition root filled in.
package final class Engine: Sendable {
  package let containers: Containers
  package let images: Images
  let context: EngineContext

  /// Over an open store; `recover` comes next.
  package init(
    store: Store, run: RunDirectory, supervisor: any Supervisor, roots: any RootFilesystems,
    fetcher: any ImageFetcher, pool: BlockingPool, settings: EngineSettings
  ) {
    let table = ContainerTable()
    let events = EventLog(EventFile(state: store.state), report: settings.report)
    images = Images(
      shelf: ImageShelf(store: store, pool: pool, report: settings.report), fetcher: fetcher,
      settings: settings,
      table: table, events: events)
    context = EngineContext(
      supervisor: supervisor, roots: roots, pool: pool, settings: settings,
      records: RecordShelf(store: store, pool: pool), store: store, run: run, table: table, images: images,
      notices: Notices(), events: events)
    containers = Containers(context)
  }

  /// Loads every record; a damaged one is set aside and named, and stops nothing. To be called once, before serving.
  package func recover() async throws {
    for (id, record) in try await context.records.loadAll() {
      do {
        try context.table.reserve(
          id, name: try ContainerName(record.name), image: record.imageID, limit: .max)
        context.table.insert(ContainerEntry(id: id, loaded: record))
      } catch {
        context.settings.report("container \(id.short) cannot be loaded: \(error), ignoring")
      }
    }
  }

  /// Watches over containers until cancelled: records exits, removes what removes itself, and, where the supervisor
  /// needs a resident daemon, waits for the end of each running container.
  package func run() async {
    await takeUp()
    await withDiscardingTaskGroup { group in
      let watched = WatchedContainers()
      for await notice in context.notices.stream {
        switch notice {
        case .exited(let id): group.addTask { await self.settle(id) }
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
