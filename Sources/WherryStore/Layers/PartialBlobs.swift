package import WherryLinux
package import WherryModel

/// Compressed bytes of layers whose download was interrupted, in `staging/partial/ALGORITHM-HEX`: the next pull of the
/// layer goes on behind them. An empty file says that a download was cut off before any byte was kept; the next one
/// keeps them from the start.
///
/// What is here may be damaged and is only believed when the whole blob has its digest. It may be deleted at any time.
package struct PartialBlobs: Sendable {
  /// Name of the folder in staging.
  package static let folderName = "partial"
  /// Name of the folder in a worker's staging folder in which it keeps bytes.
  package static let spoolName = "spool"
  package static let maximumAge = Duration.seconds(7 * 86_400)
  package static let maximumCount = 32

  package struct Entry: Sendable, Hashable {
    package var digest: Digest
    package var size: UInt64
    package var modified: FileTime
  }

  private let staging: String
  private let folder: String

  init(state: StateDirectory) {
    staging = state.staging
    folder = "\(state.staging)/\(Self.folderName)"
  }

  package static func fileName(_ digest: Digest) -> String { "\(digest.algorithm)-\(digest.hex)" }

  /// Moves what there is of `digest` into the folder `spool`. False where there is nothing.
  @discardableResult
  package func take(_ digest: Digest, into spool: String) throws(WherryError) -> Bool {
    let name = Self.fileName(digest)
    return try WherryError.converting { () throws(SystemError) in
      guard try Files.statusIfPresent("\(folder)/\(name)")?.kind == .regular else { return false }
      try Files.rename("\(folder)/\(name)", to: "\(spool)/\(name)")
      try removeIfEmpty()
      return true
    }
  }

  /// Moves what a worker kept in `spool` here; does nothing where it kept nothing.
  package func keep(_ spool: String) throws(WherryError) {
    try WherryError.converting { () throws(SystemError) in
      guard try Files.statusIfPresent(spool)?.kind == .directory else { return }
      for name in try Files.list(spool) {
        let path = "\(spool)/\(name)"
        guard Self.digest(name) != nil, let status = try Files.statusIfPresent(path), status.kind == .regular
        else { continue }
        if let old = try Files.statusIfPresent("\(folder)/\(name)"), old.size > status.size { continue }
        try Files.makeDirectories(folder)
        try Files.rename(path, to: "\(folder)/\(name)")
      }
    }
  }

  /// Takes what the workers of a daemon that was killed had kept, before staging is swept.
  package func keepAll() throws(WherryError) {
    let entries = try WherryError.converting { () throws(SystemError) in try Files.list(staging) }
    for entry in entries where entry != Self.folderName {
      let status = try WherryError.converting { () throws(SystemError) in
        try Files.statusIfPresent("\(staging)/\(entry)")
      }
      if status?.kind == .directory { try keep("\(staging)/\(entry)/\(Self.spoolName)") }
    }
    try expire()
  }

  /// Newest first.
  package func list() throws(WherryError) -> [Entry] {
    try WherryError.converting { () throws(SystemError) in
      guard try Files.exists(folder) else { return [] }
      var found: [Entry] = []
      for name in try Files.list(folder) {
        guard let digest = Self.digest(name), let status = try Files.statusIfPresent("\(folder)/\(name)"),
          status.kind == .regular
        else { continue }
        found.append(Entry(digest: digest, size: UInt64(clamping: status.size), modified: status.modified))
      }
      return found.sorted { $0.modified > $1.modified }
    }
  }

  /// Removes what is too old or too much.
  package func expire(now: Timestamp = .now()) throws(WherryError) {
    let oldest = FileTime(now).seconds - Self.maximumAge.components.seconds
    for (position, entry) in try list().enumerated()
    where position >= Self.maximumCount || entry.modified.seconds < oldest {
      try remove(entry.digest)
    }
  }

  package func remove(_ digest: Digest) throws(WherryError) {
    try WherryError.converting { () throws(SystemError) in
      try Files.unlink("\(folder)/\(Self.fileName(digest))")
      try removeIfEmpty()
    }
  }

  private func removeIfEmpty() throws(SystemError) {
    do {
      try Files.removeDirectory(folder)
    } catch {
      guard error.isNotEmpty else { throw error }
    }
  }

  private static func digest(_ name: String) -> Digest? {
    let parts = name.split(separator: "-", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    do { return try Digest("\(parts[0]):\(parts[1])") } catch { return nil }
  }
}
