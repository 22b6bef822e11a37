import WherryModel
import WherrySystemd

/// What the steps and hooks of units say in the journal and go on.
enum UnitReport {
  static func ignoring(_ error: any Error, _ id: ContainerID) {
    JournalWriter.send([
      ("MESSAGE", "wherry: container \(id.short): \(error), ignoring"), ("PRIORITY", "4"),
      ("SYSLOG_IDENTIFIER", UnitPlan.helperIdentifier),
    ])
  }
}
