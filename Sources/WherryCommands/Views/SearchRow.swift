import WherryWire

/// A line of `search`, with Docker's names for columns.
enum SearchRow {
  static let standard = "{{.Name}}\t{{.Description}}\t{{.StarCount}}\t{{.IsOfficial}}"
  static let headers: Value = [
    "Description": "DESCRIPTION", "IsAutomated": "AUTOMATED", "IsOfficial": "OFFICIAL", "Name": "NAME",
    "StarCount": "STARS",
  ]
  private static let descriptionWidth = 45

  static func value(_ entry: RegistryEntry, prefix: String, truncates: Bool, terminal: Bool) -> Value {
    let words = (entry.description ?? "").split { $0.isNewline }.joined(separator: " ")
    let description = truncates ? Ellipsis.cut(words, descriptionWidth) : words
    return [
      "Description": .string(Sanitise.metadata(description, terminal: terminal)), "IsAutomated": "",
      "IsOfficial": entry.official == true ? "[OK]" : "",
      "Name": .string(Sanitise.metadata(prefix + entry.name, terminal: terminal)),
      "StarCount": .string("\(entry.stars ?? 0)"),
    ]
  }
}
