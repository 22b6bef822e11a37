package import WherryModel

/// Checks of a process's working directory.
package enum WorkingDirectory {
  package static let maximumLength = 4095

  /// The path without `.`, `..` and repeated slashes. Throws `invalidArgument` for one that is relative, or that
  /// names an open descriptor of the runtime (CVE-2024-21626).
  package static func validate(_ path: String, origin: String) throws(WherryError) -> String {
    func refuse(_ reason: String, hint: String? = nil) -> WherryError {
      WherryError(
        .invalidArgument, "working directory \(Printable.text(path)) of \(origin) \(reason)", hint: hint)
    }
    if path.isEmpty { return "/" }
    guard path.hasPrefix("/") else { throw refuse("is not absolute", hint: "write it from the root: /…") }
    guard path.utf8.count <= maximumLength, !path.utf8.contains(0) else { throw refuse("is no path") }
    let clean = ContainerPath.clean(path)
    let parts = clean.split(separator: "/")
    let isProcess =
      parts.first == "proc" && parts.dropFirst(2).contains { ["fd", "cwd", "root"].contains($0) }
    guard !isProcess, !clean.hasPrefix("/dev/fd") else {
      throw refuse("is an open file of a process, not a folder of the container")
    }
    return clean
  }
}

/// Absolute paths inside a container, without looking at any file.
package enum ContainerPath {
  /// As Go's `path.Clean` of an absolute path.
  package static func clean(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." {
        _ = parts.popLast()
      } else {
        parts.append(part)
      }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// Whether `path` is `folder` or below it; both clean.
  package static func isInside(_ path: String, _ folder: String) -> Bool {
    folder == "/" || path == folder || path.hasPrefix(folder + "/")
  }
}
