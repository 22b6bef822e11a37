import WherryCBOR
package import WherryLinux
package import WherryModel
package import WherryStore
package import WherryWire

/// Tells what the hooks of a container's unit see, without a daemon. Blocks.
package struct ContainerTeller: Sendable {
  private let file: EventFile
  private let events: ContainerEvents

  /// Nil where the engine has left no word of the container.
  package init?(_ id: ContainerID, run: RunDirectory, state: StateDirectory) throws(SystemError) {
    guard let bytes = try Files.readIfPresent(run.teller(id), maximum: EventFile.maximumEvent) else {
      return nil
    }
    // Made by another version, perhaps.
    do { events = ContainerEvents(try Event(cbor: bytes)) } catch { return nil }
    file = EventFile(state: state)
  }

  /// What the hooks say of it, from its next start on.
  static func prepare(_ record: ContainerRecord, id: ContainerID, run: RunDirectory) throws(SystemError) {
    try Files.makeDirectories(run.container(id))
    try Files.replace(run.teller(id), ContainerEvents(record).template.bounded)
  }

  package func started(at time: Timestamp) throws(SystemError) {
    try file.append(events.event("start", at: time).bounded)
  }

  package func ended(_ exit: Exit) throws(SystemError) {
    for event in events.ends(ContainerMachine.exitRecord(exit)) { try file.append(event.bounded) }
  }

  package func healthChanged(_ state: HealthState, at time: Timestamp) throws(SystemError) {
    try file.append(events.event("health_status: \(state)", at: time).bounded)
  }
}
