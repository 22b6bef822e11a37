import WherryLinux
import WherryModel
import WherryStore

extension Engine {
  /// Takes up what the last daemon, which may have been killed at any moment, left: containers whose end somebody must
  /// see, and those that were being tidied up. Nobody waits for it.
  func takeUp() async {
    await containers.resumeCommitted()
    await networks.recover()
    var started = await leftInRunDirectory()
    for entry in context.table.entries where networks.isSetUp(entry.id) { started.insert(entry.id) }
    let mustWatch = context.supervisor.needsResidentDaemon
    for entry in context.table.entries {
      let record = entry.record
      if mustWatch {
        if record.desired == .running || started.contains(entry.id) {
          context.notices.send(.started(entry.id))
        }
      } else if started.contains(entry.id), record.desired != .running || record.lastExit != nil {
        // One that is as it should be is not looked at: its unit's hook says when it ends.
        context.noticed(entry.id)
      }
    }
  }

  /// The containers of which there is something besides the record. Empty where that cannot be known: then each is
  /// tidied up after when somebody next asks for it.
  private func leftInRunDirectory() async -> Set<ContainerID> {
    let path = context.run.containers
    let known = context.table.entries.map(\.id)
    do {
      return try await context.pool.run { () throws(SystemError) in
        let names = Set(try FileDescriptor.open(path, [.directory]).entries().map(\.text))
        return Set(known.filter { names.contains($0.rawValue) })
      }
    } catch {
      context.settings.report("list \(path): \(error), ignoring")
      return []
    }
  }
}
