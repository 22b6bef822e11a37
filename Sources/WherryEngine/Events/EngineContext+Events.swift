import WherryLinux
import WherryModel
import WherryStore
import WherryWire

extension EngineContext {
  /// Names and words as `docker events`.
  func record(
    _ action: String, of entry: ContainerEntry, at time: Timestamp = .now(), _ more: [String: String] = [:]
  ) {
    events.record(ContainerEvents(entry.record).event(action, at: time, more))
  }

  /// `isFirstLook`: another daemon may have told it, and have been killed before it could record it.
  func recordEnd(of entry: ContainerEntry, _ exit: ExitRecord, isFirstLook: Bool) {
    let mayBeTold = isFirstLook || supervisor.tellsLife
    let start = mayBeTold ? EventLog.RunStart(time: exit.startedAt) : nil
    for event in ContainerEvents(entry.record).ends(exit) { events.record(event, unlessTold: start) }
  }

  /// Leaves word for the hooks of the container's unit. Blocks.
  func prepareTeller(of record: ContainerRecord, id: ContainerID) throws(SystemError) {
    if supervisor.tellsLife { try ContainerTeller.prepare(record, id: id, run: run) }
  }

  /// For the hooks of one that was started under another name.
  func renameTeller(of record: ContainerRecord, id: ContainerID) async {
    let run = run
    do throws(SystemError) {
      try await pool.run { () throws(SystemError) in
        guard try Files.exists(run.teller(id)) else { return }
        try ContainerTeller.prepare(record, id: id, run: run)
      }
    } catch {
      settings.report("container \(record.name): its events keep the old name: \(error), ignoring")
    }
  }
}
