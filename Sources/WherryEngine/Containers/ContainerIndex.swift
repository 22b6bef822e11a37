package import WherryModel

/// Finds containers by name, full ID or unique ID prefix, and keeps names unique.
///
/// As Docker: a full ID wins, then a name, then a prefix; a prefix of several is an error.
package struct ContainerIndex: Sendable {
  private var names: [String: ContainerID] = [:]
  private var ids: [ContainerID: String] = [:]

  package init() {}

  package var count: Int { ids.count }

  /// Takes `name` for `id`. Throws `conflict` where another container has it.
  package mutating func reserve(_ name: ContainerName, for id: ContainerID) throws(WherryError) {
    if let owner = names[name.rawValue], owner != id {
      throw WherryError(
        .conflict, "container name \(name) is already in use by container \(owner.short)",
        hint: "remove that container first (wherry rm \(name)) or choose another name",
        details: ["container": owner.rawValue, "name": name.rawValue])
    }
    names[name.rawValue] = id
    ids[id] = name.rawValue
  }

  /// Gives the name it had. Throws `conflict` where another container has the new one.
  package mutating func rename(_ id: ContainerID, to name: ContainerName) throws(WherryError) -> ContainerName
  {
    guard let old = ids[id] else { throw Self.notFound(id.rawValue) }
    let before = try ContainerName(old)
    try reserve(name, for: id)
    if old != name.rawValue { names[old] = nil }
    return before
  }

  package mutating func release(_ id: ContainerID) {
    guard let name = ids.removeValue(forKey: id) else { return }
    names[name] = nil
  }

  package func isTaken(_ name: ContainerName) -> Bool { names[name.rawValue] != nil }

  /// Throws `notFound`, or `invalidArgument` for an ambiguous prefix.
  package func find(_ reference: String) throws(WherryError) -> ContainerID {
    guard !reference.isEmpty else {
      throw WherryError(.invalidArgument, "the container's name or ID is empty")
    }
    let text = reference.hasPrefix("/") ? String(reference.dropFirst()) : reference
    if text.utf8.count == 64, let id = names.isEmpty ? nil : exactID(text) { return id }
    if let id = names[text] { return id }
    if Hex.isLowercase(text), !text.isEmpty {
      let matches = ids.keys.filter { $0.rawValue.hasPrefix(text) }
      if matches.count > 1 {
        throw WherryError(
          .invalidArgument, "container ID prefix \(text) is ambiguous: \(matches.count) containers have it",
          hint: "give more digits of the ID")
      }
      if let match = matches.first { return match }
    }
    throw Self.notFound(reference)
  }

  package static func notFound(_ reference: String) -> WherryError {
    WherryError(
      .notFound, "No such container: \(Printable.text(reference))",
      hint: "wherry ps --all lists all containers")
  }

  private func exactID(_ text: String) -> ContainerID? {
    ids.keys.first { $0.rawValue == text }
  }
}
