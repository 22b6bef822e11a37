package import WherryModel
package import WherryWire

/// The filters of `events`. Values of one key are alternatives, keys must all match (labels: all values), as Docker's.
package struct EventFilters: Sendable {
  static let known: Set<String> = ["type", "event", "container", "image", "label", "volume"]
  private let values: [String: [String]]

  /// Throws `invalidArgument` for an unknown filter.
  package init(_ values: [String: [String]]) throws(WherryError) {
    try FilterNames.check(values, known: Self.known)
    self.values = values.filter { !$0.value.isEmpty }
  }

  package func matches(_ event: Event) -> Bool {
    any("type") { $0 == event.type }
      // `exec_create: sh` is an exec_create.
      && any("event") { $0 == event.action || event.action.hasPrefix($0 + ":") }
      && any("container") { value in
        event.type == "container"
          && (event.attributes["name"] == value || (!value.isEmpty && event.id.hasPrefix(value)))
      }
      && any("volume") { event.type == "volume" && event.id == $0 }
      && any("image") { value in
        let name =
          event.type == "image" ? event.attributes["name"] ?? event.id : event.attributes["image"] ?? ""
        return name == value || Self.withoutTag(name) == value || (event.type == "image" && event.id == value)
      }
      && (values["label"] ?? []).allSatisfy { value in
        let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
          String.init)
        guard let key = parts.first, let found = event.attributes[key] else { return false }
        return parts.count == 1 || found == parts.last
      }
  }

  private func any(_ key: String, _ matches: (String) -> Bool) -> Bool {
    values[key].map { $0.contains(where: matches) } ?? true
  }

  private static func withoutTag(_ name: String) -> String {
    guard let colon = name.lastIndex(of: ":"), !name.suffix(from: colon).contains("/") else { return name }
    return String(name.prefix(upTo: colon))
  }
}
