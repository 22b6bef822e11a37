import WherryLinux
import WherryModel
import WherryWire

extension EngineContext {
  /// Names and words as `docker events`.
  func record(
    _ action: String, of entry: ContainerEntry, at time: Timestamp = .now(), _ more: [String: String] = [:]
  ) {
    let record = entry.record
    var attributes = record.spec.labels ?? [:]
    attributes["image"] = record.image
    attributes["name"] = record.name
    attributes.merge(more) { $1 }
    events.record(Event(time: time, type: "container", action: action, id: record.id, attributes: attributes))
  }

  func recordEnd(of entry: ContainerEntry, _ exit: ExitRecord) {
    if exit.outOfMemory ?? false { record("oom", of: entry, at: exit.finishedAt) }
    var attributes = ["exitCode": "\(exit.code)"]
    if let start = exit.startedAt, exit.finishedAt >= start {
      attributes["execDuration"] = "\((exit.finishedAt.nanoseconds - start.nanoseconds) / 1_000_000_000)"
    }
    record("die", of: entry, at: exit.finishedAt, attributes)
  }
}
