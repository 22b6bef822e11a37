import WherryLinux
import WherryModel
import WherryWire

/// What happens to a container, in the words of `docker events`.
struct ContainerEvents: Sendable {
  /// Without time and action.
  var template: Event

  init(_ record: ContainerRecord) {
    var attributes = record.spec.labels ?? [:]
    attributes["image"] = record.image
    attributes["name"] = record.name
    template = Event(
      time: Timestamp(nanoseconds: 0), type: "container", action: "", id: record.id, attributes: attributes)
  }

  init(_ template: Event) {
    self.template = template
  }

  func event(_ action: String, at time: Timestamp, _ more: [String: String] = [:]) -> Event {
    var event = template
    (event.time, event.action) = (time, action)
    event.attributes.merge(more) { $1 }
    return event
  }

  func ends(_ exit: ExitRecord) -> [Event] {
    var attributes = ["exitCode": "\(exit.code)"]
    if let start = exit.startedAt, exit.finishedAt >= start {
      attributes["execDuration"] = "\((exit.finishedAt.nanoseconds - start.nanoseconds) / 1_000_000_000)"
    }
    let end = event("die", at: exit.finishedAt, attributes)
    return exit.outOfMemory ?? false ? [event("oom", at: exit.finishedAt), end] : [end]
  }
}
