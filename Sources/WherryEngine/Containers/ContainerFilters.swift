package import WherryModel
import WherryWire

/// The filters of `ps`. Values of one key are alternatives, keys must all match (labels: all values), as Docker's.
package struct ContainerFilters: Sendable {
  static let known: Set<String> = [
    "id", "name", "label", "status", "ancestor", "exited", "before", "since", "network", "volume",
    "health",
  ]
  static let statusNames: [String: ContainerState] = [
    "created": .created, "running": .running, "exited": .exited, "paused": .paused, "restarting": .restarting,
    "removing": .removing, "dead": .dead,
  ]

  let values: [String: [String]]
  let statuses: Set<ContainerState>
  let exitCodes: Set<UInt64>
  /// Nil is a container without a check.
  let healths: Set<HealthState?>

  /// Throws `invalidArgument` for an unknown filter or value.
  package init(_ values: [String: [String]]) throws(WherryError) {
    try FilterNames.check(values, known: Self.known)
    self.values = values.filter { !$0.value.isEmpty }
    var statuses: Set<ContainerState> = []
    for name in values["status"] ?? [] {
      guard let status = Self.statusNames[name] else {
        throw WherryError(
          .invalidArgument, "invalid filter status=\(Printable.text(name))",
          hint: "a status is one of \(Self.statusNames.keys.sorted().joined(separator: ", "))")
      }
      statuses.insert(status)
    }
    self.statuses = statuses
    var codes: Set<UInt64> = []
    for text in values["exited"] ?? [] {
      guard let code = UInt64(text), code <= 255 else {
        throw WherryError(
          .invalidArgument, "invalid filter exited=\(Printable.text(text))", hint: "an exit code is 0 to 255")
      }
      codes.insert(code)
    }
    exitCodes = codes
    var healths: Set<HealthState?> = []
    for name in values["health"] ?? [] {
      let state = HealthState(name: name)
      guard state != nil || name == "none" else {
        throw WherryError(
          .invalidArgument, "invalid filter health=\(Printable.text(name))",
          hint: "health is one of starting, healthy, unhealthy, none")
      }
      healths.insert(state)
    }
    self.healths = healths
  }

  /// Asking for a status asks for the stopped as well.
  package var includesStopped: Bool { !statuses.isEmpty }
  package var ancestors: [String] { values["ancestor"] ?? [] }
  package var before: [String] { values["before"] ?? [] }
  package var since: [String] { values["since"] ?? [] }

  /// Whether the parts that the record decides match; `ancestorIDs` are the images the `ancestor` values name.
  package func matches(_ record: ContainerRecord, ancestorIDs: Set<String>) -> Bool {
    any("id") { record.id.hasPrefix($0) }
      && any("name") { Self.nameMatches(record.name, $0) }
      && (values["label"] ?? []).allSatisfy { Self.hasLabel(record.spec.labels ?? [:], $0) }
      && any("network") { value in
        ContainerRecordFacts.networks(record).contains(value)
          || (value.utf8.count >= 4
            && (record.endpoints ?? []).contains { $0.networkID.hasPrefix(value) })
      }
      && any("volume") { value in
        (record.spec.mounts ?? []).contains { $0.target == value || $0.source == value }
      }
      && (ancestors.isEmpty || ancestorIDs.contains(record.imageID) || ancestors.contains(record.image))
  }

  package func matches(_ snapshot: ContainerSnapshot) -> Bool {
    if !statuses.isEmpty, !statuses.contains(snapshot.state) { return false }
    if !healths.isEmpty, !healths.contains(snapshot.isUp ? snapshot.health?.state : nil) { return false }
    if exitCodes.isEmpty { return true }
    guard snapshot.state == .exited, let code = snapshot.exit?.code else { return false }
    return exitCodes.contains(code)
  }

  private func any(_ key: String, _ test: (String) -> Bool) -> Bool {
    guard let list = values[key] else { return true }
    return list.contains(where: test)
  }

  /// A part of the name; `^` and `$` anchor it. (Docker takes a regular expression.)
  static func nameMatches(_ name: String, _ pattern: String) -> Bool {
    var text = pattern[...]
    let fromStart = text.hasPrefix("^")
    if fromStart { text = text.dropFirst() }
    let toEnd = text.hasSuffix("$")
    if toEnd { text = text.dropLast() }
    if text.hasPrefix("/") { text = text.dropFirst() }
    switch (fromStart, toEnd) {
    case (true, true): return name == text
    case (true, false): return name.hasPrefix(text)
    case (false, true): return name.hasSuffix(text)
    case (false, false): return text.isEmpty || name.contains(text)
    }
  }

  package static func hasLabel(_ labels: [String: String], _ filter: String) -> Bool {
    let parts = filter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let value = labels[parts[0]] else { return false }
    return parts.count == 1 || value == parts[1]
  }
}

/// What follows from a record alone.
package enum ContainerRecordFacts {
  /// Of containers of a Wherry that had no networks.
  package static let defaultNetwork = "none"

  /// Names of all.
  package static func networks(_ record: ContainerRecord) -> [String] {
    let names = (record.spec.networks ?? []).map(\.name)
    return names.isEmpty ? [defaultNetwork] : names
  }

  package static func network(_ record: ContainerRecord) -> String {
    record.spec.networks?.first?.name ?? defaultNetwork
  }
}
