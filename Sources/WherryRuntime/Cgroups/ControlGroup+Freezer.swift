import WherryLinux

/// Whether the processes of a group stand still: cgroup v2 `cgroup.events`, v1 `freezer.state`.
extension ControlGroup {
  var isFrozen: Bool {
    get throws(SystemError) {
      if let folder = byController["freezer"] {
        let state = try Files.readIfPresent(folder + "/freezer.state", maximum: 64) ?? []
        return String(decoding: state, as: UTF8.self).trimmed != "THAWED" && !state.isEmpty
      }
      guard let folder = unified,
        let events = try Files.readIfPresent(folder + "/cgroup.events", maximum: 4096)
      else { return false }
      return Counters(String(decoding: events, as: UTF8.self))["frozen"] == 1
    }
  }
}

/// Lines of `NAME NUMBER`.
struct Counters {
  private var values: [Substring: UInt64] = [:]

  init(_ text: String) {
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: " ")
      if parts.count == 2, let value = UInt64(parts[1]) { values[parts[0]] = value }
    }
  }

  subscript(_ name: Substring) -> UInt64? { values[name] }
}
