import WherryEngine
import WherryLinux
import WherryModel
import WherryStore

/// What the hook of a container's unit must know, in the file `unit` of the bundle: `KEY=VALUE` lines.
struct UnitFacts: Sendable, Equatable {
  var name: String
  var runtimePath: String
  var runtimeState: String
  var managesCgroups = false
  /// conmon holds the streams: a client is attached, or standard input or a terminal are open.
  var usesMonitor = false
  var openStdin = false
  var terminal = false
  /// A client that leaves does not end the standard input.
  var keepsInput = false
  /// Containers whose namespaces it joins, by kind.
  var joins: [String: String] = [:]
  var restart = RestartRule.no
  var readiness: ReadinessPlan?
  /// In the journal, instead of the container's name.
  var tag: String?
  /// Its output goes nowhere.
  var hasNoLog = false
  /// Where an end is written down that must outlive the device's power.
  var lastingExit: String?
  /// Its first process's end does not take the others along: they are in a PID namespace that is not its own.
  var sharesProcesses = false
  /// The runtime runs programs of the device's (CDI) when the first process starts.
  var hasHooks = false
  /// Of a filter that is to be kept when the runtime has compiled it.
  var seccompKey: SeccompCache.Key?
  /// The state folder, where the events are.
  var stateFolder: String?
  /// Where to say that the container has ended, when it removes itself.
  var autoRemoveSocket: String?

  var runtime: RuntimeDriver {
    RuntimeDriver(path: runtimePath, stateDirectory: runtimeState, managesCgroups: managesCgroups)
  }

  var text: String {
    var lines = ["name=\(name)", "runtime=\(runtimePath)", "runtime-state=\(runtimeState)"]
    if managesCgroups { lines.append("manages-cgroups=1") }
    if usesMonitor { lines.append("monitor=1") }
    if openStdin { lines.append("stdin=1") }
    if terminal { lines.append("terminal=1") }
    if keepsInput { lines.append("keep-stdin=1") }
    for (kind, other) in joins.sorted(by: { $0.key < $1.key }) { lines.append("join-\(kind)=\(other)") }
    switch restart {
    case .no: break
    case .always: lines.append("restart=always")
    case .unlessStopped: lines.append("restart=unless-stopped")
    case .onFailure(let maximum):
      lines.append("restart=on-failure")
      if let maximum { lines.append("restart-maximum=\(maximum)") }
    }
    if let readiness {
      lines += ["ready=\(readiness.source.rawValue)", "ready-timeout=\(readiness.timeout)"]
    }
    if let tag { lines.append("tag=\(tag)") }
    if hasNoLog { lines.append("no-log=1") }
    if let lastingExit { lines.append("lasting-exit=\(lastingExit)") }
    if sharesProcesses { lines.append("shares-processes=1") }
    if hasHooks { lines.append("hooks=1") }
    if let seccompKey { lines.append("seccomp-key=\(seccompKey.text)") }
    if let stateFolder { lines.append("state=\(stateFolder)") }
    if let autoRemoveSocket { lines.append("auto-remove=\(autoRemoveSocket)") }
    return lines.map { $0 + "\n" }.joined()
  }

  init(name: String, runtime: RuntimeDriver) {
    self.name = name
    runtimePath = runtime.path
    runtimeState = runtime.stateDirectory
    managesCgroups = runtime.managesCgroups
  }

  /// Nil where what must be there is not.
  init?(_ text: String) {
    let values = KeyValueText.parse(text)
    guard let name = values["name"], let path = values["runtime"], let state = values["runtime-state"] else {
      return nil
    }
    self.init(
      name: name,
      runtime: RuntimeDriver(
        path: path, stateDirectory: state, managesCgroups: values["manages-cgroups"] == "1"))
    usesMonitor = values["monitor"] == "1"
    openStdin = values["stdin"] == "1"
    terminal = values["terminal"] == "1"
    keepsInput = values["keep-stdin"] == "1"
    for (key, value) in values where key.hasPrefix("join-") { joins[String(key.dropFirst(5))] = value }
    switch values["restart"] {
    case "always": restart = .always
    case "unless-stopped": restart = .unlessStopped
    case "on-failure":
      restart = .onFailure(maximumRetries: values["restart-maximum"].flatMap { UInt64($0) })
    default: break
    }
    if let source = values["ready"].flatMap({ ReadinessPlan.Source(rawValue: $0) }) {
      readiness = ReadinessPlan(
        source: source,
        timeout: values["ready-timeout"].flatMap { UInt64($0) } ?? ReadinessPlan.defaultTimeout)
    }
    tag = values["tag"]
    hasNoLog = values["no-log"] == "1"
    lastingExit = values["lasting-exit"]
    sharesProcesses = values["shares-processes"] == "1"
    hasHooks = values["hooks"] == "1"
    seccompKey = values["seccomp-key"].flatMap { SeccompCache.Key($0) }
    stateFolder = values["state"]
    autoRemoveSocket = values["auto-remove"]
  }

  /// Nil where there is nobody to tell.
  func teller(_ files: ContainerFiles) throws(SystemError) -> ContainerTeller? {
    guard let stateFolder else { return nil }
    return try ContainerTeller(files.id, run: files.run, state: StateDirectory(stateFolder))
  }

  /// Of a container whose first process has ended, crun keeps a folder and nothing else: its `delete` would be a program
  /// more to take that away. False where it is for the runtime to do.
  func forgetDirectly(_ files: ContainerFiles) throws(SystemError) -> Bool {
    guard runtime.isCrun, !managesCgroups, !hasHooks, try Files.exists(files.pid),
      try files.process(files.pid) == nil
    else { return false }
    let folder = "\(runtimeState)/\(files.id)"
    do throws(SystemError) {
      _ = try Files.removeTree(folder)
    } catch {
      // Hook and daemon may both be at it.
      if try Files.exists(folder) { throw error }
    }
    return true
  }

  /// Right before the first process runs. What cannot be told keeps no container from running.
  func tellStart(_ files: ContainerFiles) {
    do throws(SystemError) {
      try teller(files)?.started(at: .now())
    } catch {
      UnitReport.ignoring(error, files.id)
    }
  }

  static func read(_ path: String) throws(SystemError) -> UnitFacts? {
    guard let bytes = try Files.readIfPresent(path, maximum: 64 << 10) else { return nil }
    return UnitFacts(String(decoding: bytes, as: UTF8.self))
  }
}

/// Lines of `KEY=VALUE`; values hold no newline.
enum KeyValueText {
  static func parse(_ text: String) -> [String: String] {
    var values: [String: String] = [:]
    for line in text.split(separator: "\n") {
      guard let equals = line.firstIndex(of: "=") else { continue }
      values[String(line[..<equals])] = String(line[line.index(after: equals)...])
    }
    return values
  }
}

extension ContainerFiles {
  var unit: String { bundle + "/unit" }
  /// What the runtime says when a container cannot be started.
  var runtimeLog: String { bundle + "/runtime.log" }
  /// There while a client is about to attach: the first process waits for it to vanish.
  var attachPending: String { bundle + "/attach-pending" }
  /// There when the container is created and can be attached to.
  var created: String { bundle + "/created" }
}
