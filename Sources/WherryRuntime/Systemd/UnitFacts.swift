import WherryLinux
import WherryModel

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
    autoRemoveSocket = values["auto-remove"]
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
  /// How often it has ended since the engine started it.
  var runs: String { bundle + "/runs" }
  /// There when the container is created and can be attached to.
  var created: String { bundle + "/created" }
}
