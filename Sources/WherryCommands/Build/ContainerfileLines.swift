/// The instructions of a Containerfile, each with its continued lines joined.
///
/// https://docs.docker.com/reference/dockerfile/#format: comments, blank lines, `# escape=` at the top and the escape
/// character at the end of a line. What a here-document holds is told as instructions too: nothing depends on it.
struct ContainerfileLines: Sequence, IteratorProtocol {
  private var lines: ArraySlice<Substring>
  private var escape: Character = "\\"

  init(_ text: String) {
    lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)[...]
    readDirectives()
  }

  /// The next instruction without white space around it; nil at the end.
  mutating func next() -> String? {
    var instruction = ""
    while let line = lines.popFirst() {
      let text = line.trimmed
      // Neither ends an instruction that goes on.
      if text.isEmpty || text.hasPrefix("#") { continue }
      if text.last == escape {
        instruction += text.dropLast()
        continue
      }
      return instruction + text
    }
    return instruction.isEmpty ? nil : instruction
  }

  /// Directives are comments `# NAME=VALUE` before anything else.
  private mutating func readDirectives() {
    for line in lines {
      let text = line.trimmed
      guard text.hasPrefix("#") else { return }
      let parts = text.dropFirst().split(separator: "=", maxSplits: 1).map(\.trimmed)
      guard parts.count == 2, let name = parts.first, let value = parts.last else { return }
      if name.lowercased() == "escape", value == "`" { escape = "`" }
    }
  }
}
