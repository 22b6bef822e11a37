/// Which images a Containerfile begins from: `FROM` and `--from=` that name no stage.
///
/// Only what the build brings from the device by itself; an image that is not understood here, such as one named by a
/// variable that only the builder knows, the builder gets from its registry.
struct BaseImages {
  /// Far more than a file has; the rest is left to the builder.
  static let maximum = 128

  /// Of one name; nobody has longer ones.
  private static let maximumLength = 4096

  private(set) var references: [String] = []
  /// Nothing was left to the builder.
  private(set) var isComplete = true
  private var stages: Set<String> = []
  private var variables: [String: String]
  private let given: [String: String]

  /// `arguments` are those of `--build-arg`.
  init(_ text: String, arguments: [String: String]) {
    given = arguments
    variables = [:]
    for instruction in ContainerfileLines(text) { read(instruction) }
  }

  private mutating func read(_ instruction: String) {
    let words = instruction.split(whereSeparator: { $0 == " " || $0 == "\t" })
    guard let verb = words.first?.uppercased() else { return }
    switch verb {
    case "ARG":
      // Only those before the first FROM are known to FROM.
      if stages.isEmpty { for word in words.dropFirst() { define(word) } }
    case "FROM": from(words.dropFirst())
    case "COPY", "RUN", "ADD":
      for word in words.dropFirst() {
        if word.hasPrefix("--from=") { add(word.dropFirst("--from=".count)) }
        if word.hasPrefix("--mount=") { mount(word.dropFirst("--mount=".count)) }
      }
    default: return
    }
  }

  private mutating func from(_ words: ArraySlice<Substring>) {
    let words = words.drop { $0.hasPrefix("--") }
    guard let image = words.first else { return }
    add(image)
    let name = words.dropFirst()
    stages.insert(String(stages.count))
    if name.first?.uppercased() == "AS", let stage = name.dropFirst().first {
      stages.insert(stage.lowercased())
    }
  }

  private mutating func mount(_ text: Substring) {
    for field in text.split(separator: ",") where field.hasPrefix("from=") {
      add(field.dropFirst("from=".count))
    }
  }

  private mutating func define(_ word: Substring) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = parts.first.map(String.init) else { return }
    if let value = given[name] {
      variables[name] = value
    } else if parts.count == 2, let value = parts.last {
      variables[name] = expand(value.filter { $0 != "\"" && $0 != "'" }[...])
    }
  }

  private mutating func add(_ word: Substring) {
    guard let name = expand(word), references.count < Self.maximum else {
      isComplete = false
      return
    }
    guard !name.isEmpty, name != "scratch", !stages.contains(name.lowercased()), !name.allSatisfy(\.isNumber),
      !references.contains(name)
    else { return }
    references.append(name)
  }

  /// `$NAME`, `${NAME}`, `${NAME:-DEFAULT}` and `${NAME:+OTHER}`; nil for a variable without a value here.
  private func expand(_ text: Substring) -> String? {
    var result = ""
    var rest = text
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[rest.index(after: dollar)...]
      let value: String?
      if rest.first == "{" {
        guard let close = rest.firstIndex(of: "}") else { return nil }
        value = braced(rest[rest.index(after: rest.startIndex)..<close])
        rest = rest[rest.index(after: close)...]
      } else {
        let name = rest.prefix { $0 == "_" || $0.isLetter || $0.isNumber }
        value = variables[String(name)]
        rest = rest[name.endIndex...]
      }
      guard let value else { return nil }
      result += value
      // Variables may double themselves in each line.
      guard result.utf8.count <= Self.maximumLength else { return nil }
    }
    return result + rest
  }

  private func braced(_ body: Substring) -> String? {
    let parts = body.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let value = parts.first.flatMap { variables[String($0)] } ?? ""
    guard parts.count == 2, let rule = parts.last else { return value.isEmpty ? nil : value }
    switch rule.first {
    case "-": return value.isEmpty ? String(rule.dropFirst()) : value
    case "+": return value.isEmpty ? "" : String(rule.dropFirst())
    default: return nil
    }
  }
}
