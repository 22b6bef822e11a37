import WherryLinux
package import WherryModel

/// `staging/`: what is being made, and what is being thrown away. On the same file system as the rest, so that
/// a rename moves things in and out.
package struct Staging: Sendable {
  let state: StateDirectory

  package init(state: StateDirectory) {
    self.state = state
  }

  private static let trash = "trash-"

  /// A new empty folder, whose name begins with `prefix`.
  package func makeFolder(_ prefix: String) throws(WherryError) -> String {
    let path = "\(state.staging)/\(prefix).\(String(UInt64.random(in: .min ... .max), radix: 36))"
    try WherryError.converting { () throws(SystemError) in try Files.makeDirectories(path) }
    return path
  }

  /// Takes `path` (a folder of the state directory) out of sight at once and durably, then deletes it.
  package func discard(_ path: String) throws(WherryError) {
    let target = "\(state.staging)/\(Self.trash)\(String(UInt64.random(in: .min ... .max), radix: 36))"
    try WherryError.converting { () throws(SystemError) in
      try DurableFile.move(path, to: target)
      _ = try Files.removeTree(target)
    }
  }

  /// Deletes everything here but `keeping` (names). To be called while nothing is being made.
  package func sweep(keeping: Set<String> = []) throws(WherryError) {
    try WherryError.converting { () throws(SystemError) in
      for name in try Files.list(state.staging) where !keeping.contains(name) {
        _ = try Files.removeTree("\(state.staging)/\(name)")
      }
    }
  }
}
