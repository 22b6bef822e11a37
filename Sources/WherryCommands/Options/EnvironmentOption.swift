/// `-e` and `--env-file` together: the files first, so that `-e` wins.
enum EnvironmentOption {
  static func entries(
    _ options: [String], files: [(name: String, bytes: [UInt8])], lookUp: (String) -> String?
  ) throws(OptionError) -> [String] {
    var entries: [String] = []
    for file in files { entries += try KeyValueFile.parse(file.bytes, name: file.name, lookUp: lookUp) }
    for option in options {
      if option.contains("=") {
        guard !option.hasPrefix("=") else { throw OptionError("invalid environment variable: \(option)") }
        entries.append(option)
      } else if option.isEmpty {
        throw OptionError("invalid environment variable: \(option)")
      } else if let value = lookUp(option) {
        entries.append("\(option)=\(value)")
      }
    }
    return entries
  }
}

/// `-l` and `--label-file` together.
enum LabelOption {
  static func labels(
    _ options: [String], files: [(name: String, bytes: [UInt8])]
  ) throws(OptionError) -> [String: String] {
    var entries: [String] = []
    for file in files { entries += try KeyValueFile.parse(file.bytes, name: file.name) { _ in "" } }
    var labels: [String: String] = [:]
    for entry in entries + options {
      let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let key = parts.first, !key.isEmpty else { throw OptionError("invalid label format: \(entry)") }
      labels[String(key)] = parts.count == 2 ? String(parts[1]) : ""
    }
    return labels
  }
}
