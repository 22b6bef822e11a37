import WherryLinux
import WherryModel
import WherrySystemd

/// `ExecStart=` of the unit of a container without conmon: creates it, tells systemd which process is the main one, and
/// only then lets it run, so that no end comes too soon for systemd to see the code. One step does all of it: each
/// further process that systemd starts in a unit waits for the kernel to move it there.
///
/// Without tasks and threads, because it runs at every start. The container's standard output and error are journal
/// streams that name the unit. (systemd-cat's do not: what a container wrote that ended at once would belong to no
/// unit. Streams handed over with `StandardOutputFileDescriptor=` are closed at the first restart, in systemd 252.)
struct DirectLaunchStep {
  var files: ContainerFiles
  var facts: UnitFacts

  private var first: FirstProcess { FirstProcess(files: files, facts: facts) }

  func run() throws(WherryError) {
    do throws(WherryError) {
      try create()
      guard let process = try identity() else {
        throw WherryError(.internal, "the runtime has not said which process container \(files.id.short) is")
      }
      if let key = facts.seccompKey { SeccompCache(files.run, facts.runtime).keep(key, of: files.id) }
      Notify.ready(mainPID: process)
      // Where somebody waits until it is ready, the next step lets it run.
      guard facts.readiness == nil else { return }
      try first.start()
    } catch {
      first.abandon(error)
      throw error
    }
  }

  private func create() throws(WherryError) {
    let unit = UnitPlan.unit(files.id)
    let (output, error) = try WherryError.converting { () throws(SystemError) in
      (try stream(unit, priority: 6), try stream(unit, priority: 3))
    }
    try first.perform(
      ["create", "--bundle", files.bundle, "--pid-file", files.pid, files.id.rawValue],
      [1: output.rawValue, 2: error.rawValue])
    withExtendedLifetime((output, error)) {}
  }

  private func stream(_ unit: String, priority: Int32) throws(SystemError) -> FileDescriptorBox {
    if facts.hasNoLog { return FileDescriptorBox(try FileDescriptor.open("/dev/null", .writeOnly)) }
    let identifier = facts.tag ?? facts.name
    return FileDescriptorBox(
      try JournalStream.open(identifier: identifier, unit: unit, priority: priority))
  }

  private func identity() throws(WherryError) -> Int32? {
    try WherryError.converting { () throws(SystemError) in try files.process(files.pid)?.pid }
  }
}
