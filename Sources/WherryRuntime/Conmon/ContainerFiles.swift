import WherryLinux
import WherryModel
import WherryOCI
import WherryStore

/// What a supervisor keeps of one container in the run directory. Its folder is the OCI bundle.
struct ContainerFiles: Sendable {
  let run: RunDirectory
  let id: ContainerID

  var bundle: String { run.container(id) }
  var configuration: String { bundle + "/config.json" }
  var pid: String { bundle + "/pid" }
  var monitorPID: String { bundle + "/conmon.pid" }
  var monitorState: String { bundle + "/conmon" }
  var started: String { bundle + "/started" }
  var attach: String { bundle + "/attach" }
  var control: String { bundle + "/ctl" }
  /// Written by conmon, named after the container.
  var exit: String { "\(run.exits)/\(id)" }

  func writeBundle(_ spec: RuntimeSpec) throws(WherryError) {
    let json = try spec.json()
    try WherryError.converting("write bundle of container \(id.short)") { () throws(SystemError) in
      try Files.makeDirectories(run.exits)
      try Files.makeDirectories(bundle)
      try Files.makeDirectories(monitorState)
      try Files.write(configuration, json)
      for stale in [exit, pid, monitorPID, started, attach, control, bundle + "/winsz"] {
        try Files.unlink(stale)
      }
      // conmon leaves one there too, and takes it for its own.
      for name in ["exit", "oom"] { try Files.unlink("\(monitorState)/\(name)") }
      try Files.unlink(bundle + "/oom")
    }
  }

  /// conmon makes a file when the kernel tells it so, unless it sees the end first; the control group, which stays
  /// until `delete`, has counted.
  var wasOutOfMemory: Bool {
    get throws(SystemError) {
      if try Files.exists(monitorState + "/oom") { return true }
      let mounted = try ControlGroup.mounted
      let file: String
      if let memory = mounted.controllerPaths["memory"] {
        file = memory + ResourcePlan.group(id) + "/memory.oom_control"
      } else if let unified = mounted.unifiedPath {
        file = unified + ResourcePlan.group(id) + "/memory.events"
      } else {
        return false
      }
      guard let text = try Files.readIfPresent(file, maximum: 4096) else { return false }
      return Counters(String(decoding: text, as: UTF8.self))["oom_kill"] ?? 0 > 0
    }
  }

  /// The process with the number in a pid file.
  func process(_ path: String) throws(SystemError) -> ProcessIdentity? {
    guard let text = try Files.readIfPresent(path, maximum: 64),
      let pid = Int32(String(decoding: text, as: UTF8.self).trimmed)
    else { return nil }
    return try ProcessIdentity.of(pid)
  }

  /// All but the root's mount point, which the engine unmounts.
  func remove() throws(WherryError) {
    try WherryError.converting("clean up container \(id.short)") { () throws(SystemError) in
      guard try Files.exists(bundle) else { return }
      for name in try Files.list(bundle) where name != "rootfs" {
        _ = try Files.removeTree("\(bundle)/\(name)")
      }
    }
  }
}

extension String {
  /// Without white space at both ends.
  var trimmed: String {
    var text = Substring(self)
    while let last = text.last, last.isWhitespace { text.removeLast() }
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    return String(text)
  }
}
