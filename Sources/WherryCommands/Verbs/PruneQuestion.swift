/// What `prune` asks after it has said what would go.
struct PruneQuestion {
  /// `WARNING!` goes before it.
  var warning: String

  /// Whether the answer on standard input is yes.
  func ask(_ context: Context) throws -> Bool {
    try context.console.write(
      "WARNING! \(warning)\nAre you sure you want to continue? [y/N] ")
    guard let answer = readLine() else { return false }
    return ["y", "yes"].contains(answer.trimmed.lowercased())
  }
}
