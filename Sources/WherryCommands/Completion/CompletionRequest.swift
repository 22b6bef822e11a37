import ArgumentParser
import WherryDoctor

/// What may stand at the cursor of a command line. Knows the words only, no daemon.
struct CompletionRequest: Equatable {
  enum Names: Equatable {
    case containers, runningContainers, images, networks, volumes, plugins, contexts
  }

  /// Words that are known already: verbs with what they do, flags without.
  var words: [(word: String, about: String)] = []
  /// Whose names may stand there too.
  var names: [Names] = []
  /// Whether a path may.
  var files = false
  /// What is typed of it.
  var typed = ""
  /// What of `typed` belongs to no name, as `--network=`.
  var lead = ""
  /// The flags before the verb, which say where the daemon is.
  var options: [String] = []

  /// `words` follow the program's name; the last one is under the cursor, perhaps empty.
  init(_ words: [String]) {
    fill(words)
  }

  private mutating func fill(_ words: [String]) {
    let typed = words.last ?? ""
    self.typed = typed
    let walk = FlagWalk(words.dropLast(), ClientMain.global)
    options = walk.options
    if let flag = walk.pending { return value(of: flag, typed) }
    var rest = walk.words
    guard let first = rest.first else {
      if typed.hasPrefix("-") { return flags(ClientMain.global) }
      self.words =
        Self.describe(VerbTable.verbs)
        + VerbTable.groups.keys.filter { $0 != "internal" }.map { ($0, "Commands of the \($0) group") }
        + [
          ("daemon", "Run the service"), ("help", "Print help"),
          ("registry", "Serve images to other machines"),
        ]
      return
    }
    if first == "help" {
      rest.removeFirst()
      if rest.isEmpty { self.words = Self.describe(VerbTable.verbs) }
      return
    }
    if let verb = VerbTable.verbs[first] { return arguments(verb, [first], rest.dropFirst()) }
    if first == "registry", rest.count == 1 {
      self.words = [("prune", "Remove what nobody refers to"), ("serve", "Serve a registry")]
    }
    if first == "daemon", rest.count == 1 { self.words = [("cert", "Make certificates for remote access")] }
    guard let group = VerbTable.groups[first] else { return }
    guard let second = rest.dropFirst().first else {
      self.words = Self.describe(group)
      return
    }
    if let verb = group[second] { arguments(verb, [first, second], rest.dropFirst(2)) }
  }

  private static func describe(_ verbs: [String: any Verb.Type]) -> [(word: String, about: String)] {
    verbs.map { ($0.key, $0.value.configuration.abstract) }
  }

  private mutating func arguments(_ verb: any Verb.Type, _ name: [String], _ words: ArraySlice<String>) {
    let walk = FlagWalk(words, verb.flagSet)
    if let flag = walk.pending { return value(of: flag, typed) }
    if !walk.isOver, typed.hasPrefix("--"), let equals = typed.firstIndex(of: "=") {
      let flag = verb.flagSet.long(String(typed[..<equals].dropFirst(2)))
      lead = String(typed[...equals])
      return value(of: flag, String(typed[equals...].dropFirst()))
    }
    if !walk.isOver, typed.hasPrefix("-") { return flags(verb.flagSet) }
    guard let place = Synopsis(verb.synopsis).place(walk.words.count) else { return }
    if name == ["doctor"] {
      self.words = DoctorCheck.allCases.map { ($0.rawValue, "") }
      return
    }
    // What is made has no name yet.
    if name.count == 2, name.last == "create" { return }
    let needsRunning = ["attach", "exec", "kill", "pause", "stats", "stop", "top"].contains(name.last)
    names = place.names.map { $0 == .containers && needsRunning ? .runningContainers : $0 }
    files = place.files
  }

  private mutating func flags(_ set: FlagSet) {
    for flag in set.flags {
      if case .later = flag.kind { continue }
      words.append(("--" + flag.name, ""))
    }
    words.append(("--help", "Print help"))
  }

  private mutating func value(of flag: FlagSpec?, _ text: String) {
    typed = text
    switch flag?.name {
    case "network", "net": names = [.networks]
    case "volumes-from": names = [.containers]
    case "context": names = [.contexts]
    case "restart": words = ["no", "always", "on-failure", "unless-stopped"].map { ($0, "") }
    case "pull": words = ["always", "missing", "never"].map { ($0, "") }
    case "host", "name", "format", "registry", "filter", "label", "env": break
    default: files = true
    }
  }

  static func == (left: CompletionRequest, right: CompletionRequest) -> Bool {
    left.words.map(\.word) == right.words.map(\.word) && left.names == right.names
      && left.files == right.files
      && left.typed == right.typed && left.lead == right.lead && left.options == right.options
  }
}

/// Words before the cursor, cut as `ArgumentNormaliser` cuts whole lines, but never an error.
private struct FlagWalk {
  /// The flags with their values, as they stand.
  var options: [String] = []
  var words: [String] = []
  /// The flag whose value comes next.
  var pending: FlagSpec?
  /// Whether no flag can follow.
  var isOver = false

  init(_ line: ArraySlice<String>, _ set: FlagSet) {
    for word in line {
      if pending != nil {
        options.append(word)
        pending = nil
      } else if isOver || !word.hasPrefix("-") || word == "-" {
        words.append(word)
        if !set.interspersed { isOver = true }
      } else if word == "--" {
        isOver = true
      } else {
        options.append(word)
        pending = Self.waiting(word, set)
      }
    }
  }

  /// The flag of `word` that has no value yet.
  private static func waiting(_ word: String, _ set: FlagSet) -> FlagSpec? {
    if word.hasPrefix("--") {
      let flag = set.long(String(word.dropFirst(2)))
      return flag?.isSwitch == false ? flag : nil
    }
    var letters = word.dropFirst()
    while let letter = letters.popFirst() {
      guard let flag = set.short(letter) else { return nil }
      if !flag.isSwitch { return letters.isEmpty ? flag : nil }
    }
    return nil
  }
}

/// A verb's usage line: what its words are.
private struct Synopsis {
  struct Place {
    var names: [CompletionRequest.Names] = []
    var files = false
  }

  private var tokens: [Substring]

  init(_ text: String) {
    tokens = text.split(separator: " ").filter { $0 != "[OPTIONS]" && $0 != "|" }
    // The verb's own words, and the usage of another program that `top` passes words to.
    tokens.removeAll { $0.drop { $0 == "[" }.first?.isLowercase ?? true }
  }

  func place(_ index: Int) -> Place? {
    guard let last = tokens.last else { return nil }
    if index >= tokens.count, !last.contains("...") { return nil }
    let token = tokens[min(index, tokens.count - 1)]
    let name = token.drop { $0 == "[" }.prefix { $0.isUppercase || $0 == "_" || $0 == "|" }
    switch name {
    case "CONTAINER": return Place(names: [.containers], files: token.contains(":"))
    case "IMAGE", "SOURCE_IMAGE", "TARGET_IMAGE", "REPOSITORY", "NAME": return Place(names: [.images])
    case "NAME|ID": return Place(names: [.containers, .images, .networks, .volumes])
    case "NETWORK": return Place(names: [.networks])
    case "VOLUME": return Place(names: [.volumes])
    case "PLUGIN": return Place(names: [.plugins])
    case "CONTEXT": return Place(names: [.contexts])
    case "FILE|", "FILE", "DEST_PATH|":
      return Place(names: token.contains("DEST") ? [.containers] : [], files: true)
    default: return Place()
    }
  }
}
