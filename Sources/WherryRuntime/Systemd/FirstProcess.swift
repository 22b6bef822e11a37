import WherryLinux
import WherryModel

/// The first process of a container that the runtime has created: lets it run. Blocks, without tasks and threads.
struct FirstProcess {
  var files: ContainerFiles
  var facts: UnitFacts

  func start() throws(WherryError) {
    facts.tellStart(files)
    var isOpen = false
    if !facts.hasHooks { isOpen = try facts.runtime.openGate(files.id) }
    if !isOpen {
      // What it says goes where ours goes.
      try perform(["start", files.id.rawValue], [1: 1, 2: 2])
    }
    try WherryError.converting { () throws(SystemError) in try Files.write(files.started, []) }
  }

  /// A command of the runtime's; it writes into `runtimeLog` what is wrong.
  func perform(_ words: [String], _ descriptors: [Int32: Int32]) throws(WherryError) {
    let status = try WherryError.converting { () throws(SystemError) in
      try Spawn(facts.runtimePath, UnitPlan.options(facts, files) + words, descriptors: descriptors)
        .start().waitBlocking()
    }
    guard status.isSuccess else {
      throw WherryError(.internal, "\(facts.runtimePath) \(words[0]): \(status)")
    }
  }

  /// Leaves word for the hook, which writes it down for the daemon, unless the runtime has said it better itself.
  /// Without its first process the unit ends. What else fails now is of no more interest than the start.
  func abandon(_ error: WherryError) {
    do {
      if try RuntimeLog.lastError(at: files.runtimeLog) == nil {
        try Files.write(files.runtimeLog, Array((error.message + "\n").utf8))
      }
      try facts.runtime.deleteBlocking(files.id)
    } catch {}
  }
}
