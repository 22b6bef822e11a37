package import WherryModel
package import WherryOCI

/// The Dockerfile instructions `import --change` takes: CMD, ENTRYPOINT, ENV, WORKDIR, USER, LABEL, EXPOSE, VOLUME,
/// STOPSIGNAL.
package enum ImportChanges {
  /// Throws `invalidArgument` naming the instruction.
  package static func apply(_ changes: [String], to settings: inout ImageConfiguration.Settings)
    throws(WherryError)
  {
    for change in changes { try apply(change, to: &settings) }
  }

  private static func apply(_ change: String, to settings: inout ImageConfiguration.Settings)
    throws(WherryError)
  {
    let trimmed = DockerfileWords.trim(change)
    let word = trimmed.prefix { $0 != " " && $0 != "\t" }
    let rest = DockerfileWords.trim(String(trimmed.dropFirst(word.count)))
    func refuse(_ reason: String) -> WherryError {
      WherryError(
        .invalidArgument, "--change \(Printable.text(change).debugDescription): \(reason)",
        hint: "such as CMD [\"sh\"], ENV KEY=VALUE, WORKDIR /path, LABEL KEY=VALUE, EXPOSE 80/tcp")
    }
    guard !rest.isEmpty else { throw refuse("nothing follows the instruction") }
    switch word.uppercased() {
    case "CMD": settings.command = try command(rest, refuse)
    case "ENTRYPOINT": settings.entrypoint = try command(rest, refuse)
    case "ENV":
      var list = EnvironmentList(settings.environment)
      for (key, value) in try pairs(rest, refuse) { list.set("\(key)=\(value)") }
      settings.environment = list.entries
    case "LABEL":
      for (key, value) in try pairs(rest, refuse) { settings.labels[key] = value }
    case "WORKDIR":
      let base = rest.hasPrefix("/") ? rest : "\(settings.workingDirectory ?? "/")/\(rest)"
      settings.workingDirectory = try WorkingDirectory.validate(base, origin: "WORKDIR")
    case "USER":
      _ = try UserName(rest)
      settings.user = rest
    case "EXPOSE":
      var ports: [String] = []
      for word in try DockerfileWords.split(rest, refuse) { ports.append(try port(word, refuse)) }
      settings.exposedPorts = Set(settings.exposedPorts + ports).sorted()
    case "VOLUME":
      let paths = rest.hasPrefix("[") ? try command(rest, refuse) : try DockerfileWords.split(rest, refuse)
      guard paths.allSatisfy({ $0.hasPrefix("/") }) else { throw refuse("a volume is an absolute path") }
      settings.volumes = Set(settings.volumes + paths).sorted()
    case "STOPSIGNAL":
      try SpecValidation.validateSignal(rest, flag: "STOPSIGNAL")
      settings.stopSignal = rest
    default: throw refuse("\(Printable.text(String(word))) is not an instruction that an import takes")
    }
  }

  /// The JSON form, or the shell form that runs with `/bin/sh -c`.
  private static func command(_ text: String, _ refuse: (String) -> WherryError) throws(WherryError)
    -> [String]
  {
    guard text.hasPrefix("[") else { return ["/bin/sh", "-c", text] }
    do {
      return try StrictJSON.decode([String].self, from: Array(text.utf8), what: "the list")
    } catch {
      throw refuse("it is not a JSON list of strings")
    }
  }

  private static func pairs(
    _ text: String, _ refuse: (String) -> WherryError
  ) throws(WherryError) -> [(String, String)] {
    let words = try DockerfileWords.split(text, refuse)
    guard let first = words.first else { throw refuse("nothing to set") }
    if !first.contains("=") {
      // The old form: ENV KEY the rest of the line.
      guard words.count >= 2 else { throw refuse("write KEY=VALUE") }
      return [(first, DockerfileWords.trim(String(text.dropFirst(first.count))))]
    }
    var result: [(String, String)] = []
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, !parts[0].isEmpty, !word.utf8.contains(0) else {
        throw refuse("write KEY=VALUE")
      }
      result.append((parts[0], parts[1]))
    }
    return result
  }

  private static func port(_ text: String, _ refuse: (String) -> WherryError) throws(WherryError) -> String {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let kind = parts.count == 2 ? parts[1].lowercased() : "tcp"
    guard parts.count <= 2, let number = UInt16(parts[0]), number > 0, ["tcp", "udp", "sctp"].contains(kind)
    else {
      throw refuse("a port is a number from 1 to 65535, with /tcp, /udp or /sctp")
    }
    return "\(number)/\(kind)"
  }
}

/// Words of a Dockerfile line: blanks separate, quotes and backslashes keep.
enum DockerfileWords {
  static func trim(_ text: String) -> String {
    let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
    let front = text.drop(while: blank)
    guard let last = front.lastIndex(where: { !blank($0) }) else { return "" }
    return String(front[...last])
  }

  static func split(_ text: String, _ refuse: (String) -> WherryError) throws(WherryError) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var isEscaped = false
    for character in text {
      if isEscaped {
        word = (word ?? "") + String(character)
        isEscaped = false
      } else if character == "\\", quote != "'" {
        isEscaped = true
        word = word ?? ""
      } else if let open = quote {
        if character == open { quote = nil } else { word = (word ?? "") + String(character) }
      } else if character == "\"" || character == "'" {
        quote = character
        word = word ?? ""
      } else if character == " " || character == "\t" {
        if let done = word { words.append(done) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    guard quote == nil, !isEscaped else { throw refuse("a quote is not closed") }
    if let done = word { words.append(done) }
    return words
  }
}
