import ArgumentParser

/// `wherry internal describe`: every verb as JSON, from which the package's manual pages are made.
struct DescribeVerb: Verb {
  static let synopsis = "internal describe"
  static let configuration: CommandConfiguration = describe("describe", "Print every command as JSON")
  static let flagSet = FlagSet(flags: [])

  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(0))
    var verbs = VerbTable.verbs.sorted { $0.key < $1.key }.map { Self.text([$0.key], $0.value) }
    for (group, members) in VerbTable.groups.sorted(by: { $0.key < $1.key }) where group != "internal" {
      verbs += members.sorted { $0.key < $1.key }.map { Self.text([group, $0.key], $0.value) }
    }
    let overview = JSONWriter.compact(.string(HelpText.overview(group: nil)))
    try context.console.print("{\"overview\":\(overview),\"verbs\":[\n\(verbs.joined(separator: ",\n"))\n]}")
    return 0
  }

  /// `help` is ArgumentParser's own description, which is JSON.
  private static func text(_ words: [String], _ verb: any Verb.Type) -> String {
    let later = verb.flagSet.flags.filter { if case .later = $0.kind { true } else { false } }.map(\.name)
    let head = JSONWriter.compact([
      "words": .strings(words), "synopsis": .string(verb.synopsis), "later": .strings(later),
    ])
    return "\(head.dropLast()),\"help\":\(verb._dumpHelp())}"
  }
}
