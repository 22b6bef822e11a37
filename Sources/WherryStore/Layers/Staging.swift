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
    let path = "\(state.staging)/\(prefix).\(RandomName.next())"
    try WherryError.converting { () throws(SystemError) in try Files.makeDirectories(path) }
    return path
  }

  /// Takes `path` (a folder of the state directory) out of sight at once, durably unless that is not wanted, then deletes
  /// it.
  package func discard(
    _ path: String, visibleBy record: String? = nil, isDurable: Bool = true
  ) throws(WherryError) {
    try delete(try hide(path, visibleBy: record, isDurable: isDurable))
  }

  /// Takes `path` out of sight and returns where it is now, to be deleted.
  ///
  /// A rename can need space that a full disk has not: then the record `visibleBy`, without which nobody sees the
  /// folder, goes, and the rest stays where it is.
  func hide(_ path: String, visibleBy record: String?, isDurable: Bool = true) throws(WherryError) -> String {
    let target = "\(state.staging)/\(Self.trash)\(RandomName.next())"
    return try WherryError.converting { () throws(SystemError) in
      do throws(SystemError) {
        if isDurable {
          try DurableFile.move(path, to: target)
        } else {
          try Files.rename(path, to: target)
        }
        return target
      } catch {
        guard error.isNoSpace, let record, try Files.exists(path) else { throw error }
        try DurableFile.remove("\(path)/\(record)")
        return path
      }
    }
  }

  func delete(_ path: String) throws(WherryError) {
    try WherryError.converting { () throws(SystemError) in _ = try Files.removeTree(path) }
  }

  /// Deletes everything here but `keeping` (names) and what was changed less than `age` ago. To be called while
  /// nothing is being made. Goes on past failures and throws the first.
  package func sweep(keeping: Set<String> = [], olderThan age: Duration = .zero) throws(WherryError) {
    let newest = FileTime(Timestamp.now()).seconds - age.components.seconds
    try WherryError.converting { () throws(SystemError) in
      var failure: SystemError?
      for name in try Files.list(state.staging) where !keeping.contains(name) {
        let path = "\(state.staging)/\(name)"
        do throws(SystemError) {
          guard let status = try Files.statusIfPresent(path), status.modified.seconds <= newest else {
            continue
          }
          try Files.removeTree(path)
        } catch {
          if failure == nil { failure = error }
        }
      }
      if let failure { throw failure }
    }
  }
}
