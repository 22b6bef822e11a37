import WherryModel

/// What a runtime's words mean. Neither crun nor runc has codes for it.
enum RuntimeFailure {
  private static let notFound = [
    "executable file not found", "not found in $PATH", "exec: no such file or directory",
    ": no such file or directory: unknown",
  ]
  private static let notExecutable = [
    "permission denied", "is a directory", "exec format error", "Permission denied", "Exec format error",
    "Is a directory",
  ]

  static func error(saying text: String, doing verb: String) -> WherryError {
    let message = summary(text)
    // Said of an earlier step already.
    if message.hasPrefix("OCI runtime ") { return WherryError(code(text), message) }
    return WherryError(
      code(text), "OCI runtime \(verb) failed: \(message.isEmpty ? "it gave no reason" : message)")
  }

  static func code(_ said: String) -> WherryError.Code {
    // runc's log quotes what its message quotes already.
    let text = said.replacing("\\\"", with: "\"")
    let concernsCommand = text.contains("exec") || text.contains("$PATH")
    guard concernsCommand else { return .internal }
    if notFound.contains(where: text.contains)
      || (text.contains("exec: \"") && text.contains("no such file or directory"))
      || (text.contains("open executable") && text.contains("No such file"))
    {
      return .commandNotFound
    }
    if text.contains("open executable") || notExecutable.contains(where: text.contains) {
      return .commandNotExecutable
    }
    return .internal
  }

  /// The last line, without a logger's decoration, at most 500 characters.
  private static func summary(_ text: String) -> String {
    guard let last = text.split(separator: "\n").last(where: { !$0.isEmpty }) else { return "" }
    var line = String(last)
    if let range = line.firstRange(of: "msg=\"") {
      line = String(line[range.upperBound...].dropLast()).replacing("\\\"", with: "\"")
    }
    return String(line.prefix(500))
  }
}
