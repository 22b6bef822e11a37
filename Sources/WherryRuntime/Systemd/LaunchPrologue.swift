import WherryLinux
import WherryModel

/// What comes before every start of a unit's container, the first and those by its policy, whoever holds its streams.
/// Blocks, without tasks and threads.
struct LaunchPrologue {
  var files: ContainerFiles

  func run() throws(WherryError) -> UnitFacts {
    let facts = try WherryError.converting { () throws(SystemError) in try UnitFacts.read(files.unit) }
    guard let facts else {
      throw WherryError(.internal, "container \(files.id.short): its unit file is missing in \(files.bundle)")
    }
    try WherryError.converting { () throws(SystemError) in try RestartWait(files: files).run() }
    do {
      try JoinedNamespaces(files: files, others: facts.joins).bind()
    } catch {
      // For the hook.
      let text = Array((error.message + "\n").utf8)
      try WherryError.converting { () throws(SystemError) in try Files.write(files.runtimeLog, text) }
      throw error
    }
    return facts
  }
}
