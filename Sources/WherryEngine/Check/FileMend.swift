import WherryLinux
import WherryModel
import WherryStore

/// Damaged files of one layer, put right in its tree one by one. Calls block. Each file is replaced whole: made beside,
/// synced, renamed, and its folder synced. What must give way is set aside, never deleted.
struct FileMend: Sendable {
  enum Result: Sendable {
    /// Not yet.
    case open
    case fixed(movedTo: String?)
    /// It is as it was; the others were gone on with.
    case failed(WherryError)
  }

  private static let plain: ResolveFlags = [.beneath, .noSymbolicLinks, .noMagicLinks, .noCrossingMounts]

  private let store: Store
  private let record: LayerRecord
  private let findings: [FileFinding]
  private(set) var results: [Result]
  /// Findings whose files have come and are right.
  private var ready: [Int] = []

  init(store: Store, record: LayerRecord, findings: [FileFinding]) {
    self.store = store
    self.record = record
    self.findings = findings
    results = findings.map { _ in .open }
  }

  /// A folder that hides those below it can only be made with all that is in it, and what is in one that cannot be listed
  /// is not known.
  var isPossible: Bool {
    let isKnown = findings.allSatisfy { finding in
      guard case .unreadable = finding.problem else { return true }
      return finding.listed?.path == finding.path && finding.listed?.kind != .directory
    }
    guard isKnown else { return false }
    return record.opaque == nil
      || !findings.contains { finding in
        guard finding.listed?.kind == .directory else { return false }
        switch finding.problem {
        case .missing, .kind, .unreadable: return true
        default: return false
        }
      }
  }

  /// Regular files whose content has to come from somewhere else.
  var wanted: [[UInt8]] {
    zip(findings, results).compactMap { finding, result in
      guard case .open = result, finding.listed?.kind == .regular else { return nil }
      return finding.path
    }
  }

  /// All that needs no content. Where the layer is mounted, modes and owners only. One that cannot be mended does not
  /// keep the others from it.
  mutating func fixInPlace(isMounted: Bool) throws(WherryError) {
    let tree = try open()
    var touched: Set<[UInt8]> = []
    for (index, finding) in findings.enumerated() {
      let isMetadata =
        switch finding.problem {
        case .permissions, .owner: true
        default: false
        }
      if isMounted, !isMetadata { continue }
      do throws(SystemError) {
        if let fixed = try fix(finding, tree.file) {
          results[index] = .fixed(movedTo: fixed.isEmpty ? nil : fixed)
          touched.insert(Self.parent(finding.path))
        }
      } catch {
        results[index] = failure(error, finding)
      }
    }
    try sync(touched, tree.file)
  }

  private func failure(_ error: SystemError, _ finding: FileFinding) -> Result {
    .failed(
      WherryError(error, "repair \(Printable.text(finding.name, limit: 300)) of layer \(record.id.short)"))
  }

  /// Where what was there is now, empty for nowhere; nil where content is wanted: what is there stays until that has come.
  private func fix(_ finding: FileFinding, _ tree: borrowing FileDescriptor) throws(SystemError) -> String? {
    guard let entry = finding.listed else {
      return finding.problem == .extra ? setAside(finding.path, as: .extra(record.id)) : nil
    }
    guard entry.path == finding.path else { return nil }
    switch finding.problem {
    case .permissions, .owner:
      try describe(entry, tree)
      return ""
    case .missing, .kind, .target, .unreadable, .extra, .size, .content:
      if entry.kind == .regular { return nil }
      return try replace(entry, isMissing: finding.problem == .missing, tree)
    }
  }

  private func setAside(_ path: [UInt8], as origin: AsideOrigin) -> String? {
    // Names that are no text stay where they are: the whole layer is made again.
    let text = String(decoding: path, as: UTF8.self)
    guard !path.isEmpty, Array(text.utf8) == path else { return nil }
    return store.setAside("\(store.layers.tree(record.id))/\(text)", as: origin)
  }

  /// Made beside first: what is there gives way only to something. As `fix`.
  private func replace(
    _ entry: ListedFile, isMissing: Bool, _ tree: borrowing FileDescriptor
  ) throws(SystemError) -> String? {
    guard let name = Self.name(entry.path) else { return nil }
    let folder = try Self.folder(of: entry.path, tree)
    let beside = Array(".wherry-mend.\(RandomName.next())".utf8)
    do {
      try make(entry, beside, in: folder)
      var aside = ""
      if !isMissing {
        guard let moved = setAside(entry.path, as: .replaced(record.id)) else {
          try Self.remove(beside, entry.kind, folder)
          return nil
        }
        aside = moved
      }
      try folder.renameExclusively(beside, to: name, in: folder)
      return aside
    } catch {
      // It may not be there; the first failure is what the caller needs.
      do { try Self.remove(beside, entry.kind, folder) } catch {}
      throw error
    }
  }

  private static func remove(
    _ name: [UInt8], _ kind: FileStatus.Kind, _ folder: borrowing FileDescriptor
  ) throws(SystemError) {
    if kind == .directory { try folder.removeDirectory(name) } else { try folder.unlink(name) }
  }

  private func make(
    _ entry: ListedFile, _ name: [UInt8], in folder: borrowing FileDescriptor
  ) throws(SystemError) {
    switch entry.kind {
    case .directory: try folder.makeDirectory(name)
    case .symbolicLink: try folder.makeSymbolicLink(name, to: entry.content)
    default:
      let number = entry.content.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      try folder.makeNode(
        name, entry.kind, mode: entry.permissions, major: DeviceNumber.major(number),
        minor: DeviceNumber.minor(number))
    }
    try Self.describe(entry, name, in: folder)
  }

  private func describe(_ entry: ListedFile, _ tree: borrowing FileDescriptor) throws(SystemError) {
    guard let name = Self.name(entry.path) else {
      try tree.changeOwner(user: entry.userID, group: entry.groupID)
      return try tree.changeMode(entry.permissions)
    }
    try Self.describe(entry, name, in: try Self.folder(of: entry.path, tree))
  }

  private static func describe(
    _ entry: ListedFile, _ name: [UInt8], in folder: borrowing FileDescriptor
  ) throws(SystemError) {
    try folder.changeOwner(of: name, user: entry.userID, group: entry.groupID)
    guard entry.kind != .symbolicLink else { return }
    let file = try folder.open(name, [.pathOnly, .noFollow])
    guard try file.status().kind == entry.kind else { return }
    try file.changeModeOfNode(entry.permissions)
  }

  /// Files that were fetched again, each of which must be what the list says; on disk when it returns. Reads all of them,
  /// so nobody is to be kept waiting meanwhile.
  mutating func verify(_ staged: String) throws(WherryError) {
    try WherryError.converting("repair files of layer \(record.id.short)") { () throws(SystemError) in
      let source = try FileDescriptor.open(staged, [.directory, .noFollow])
      for (index, finding) in findings.enumerated() {
        guard case .open = results[index], let entry = finding.listed, entry.kind == .regular,
          entry.path == finding.path
        else { continue }
        if try Self.isRight(entry, in: source) { ready.append(index) }
      }
      try source.syncFileSystem()
    }
  }

  /// Puts those in their places that `verify` found right. Short.
  mutating func install(from staged: String) throws(WherryError) {
    let tree = try open()
    let source: FileDescriptor
    do { source = try FileDescriptor.open(staged, [.directory, .noFollow]) } catch {
      throw WherryError(error)
    }
    var touched: Set<[UInt8]> = []
    for index in ready {
      let finding = findings[index]
      do throws(SystemError) {
        guard let aside = try put(finding.path, from: source, tree.file) else { continue }
        touched.insert(Self.parent(finding.path))
        results[index] = .fixed(movedTo: aside.isEmpty ? nil : aside)
      } catch {
        results[index] = failure(error, finding)
      }
    }
    try sync(touched, tree.file)
  }

  /// As `fix`.
  private func put(
    _ path: [UInt8], from source: borrowing FileDescriptor, _ tree: borrowing FileDescriptor
  ) throws(SystemError) -> String? {
    guard let name = Self.name(path) else { return nil }
    let from = try Self.folder(of: path, source)
    let to = try Self.folder(of: path, tree)
    let modified = try to.status().modified
    var aside = ""
    if let kind = try Self.kind(of: name, in: to), kind != .regular {
      guard let moved = setAside(path, as: .replaced(record.id)) else { return nil }
      aside = moved
    }
    try from.rename(name, to: name, in: to)
    try to.setModified(modified)
    return aside
  }

  private static func kind(
    of name: [UInt8], in folder: borrowing FileDescriptor
  ) throws(SystemError) -> FileStatus.Kind? {
    do { return try folder.status(of: name).kind } catch {
      guard error.isAbsent else { throw error }
      return nil
    }
  }

  private static func isRight(_ entry: ListedFile, in tree: borrowing FileDescriptor) throws(SystemError)
    -> Bool
  {
    let file: FileDescriptor
    do {
      file = try tree.open(entry.path, [.noFollow, .nonBlocking], resolve: plain)
    } catch {
      guard error.isNowhere else { throw error }
      return false
    }
    let status = try file.status()
    guard ListedFile(path: entry.path, status, content: entry.content) == entry else { return false }
    guard !entry.content.isEmpty else { return true }
    var digest = RunningDigest()
    while true {
      let part = try file.read(maximum: 256 << 10)
      if part.isEmpty { return digest.finish() == entry.content }
      part.withUnsafeBytes { digest.update($0) }
    }
  }

  private func open() throws(WherryError) -> FileDescriptorBox {
    try WherryError.converting("open layer \(record.id.short)") { () throws(SystemError) in
      FileDescriptorBox(try FileDescriptor.open(store.layers.tree(record.id), [.directory, .noFollow]))
    }
  }

  private func sync(_ folders: Set<[UInt8]>, _ tree: borrowing FileDescriptor) throws(WherryError) {
    do { try Self.sync(folders, tree) } catch { throw WherryError(error) }
  }

  private static func sync(_ folders: Set<[UInt8]>, _ tree: borrowing FileDescriptor) throws(SystemError) {
    if folders.count > 16 { return try tree.syncFileSystem() }
    for folder in folders {
      try tree.open(folder.isEmpty ? [UInt8(ascii: ".")] : folder, [.directory], resolve: plain).sync()
    }
  }

  private static func folder(
    of path: [UInt8], _ tree: borrowing FileDescriptor
  ) throws(SystemError) -> FileDescriptor {
    let parent = parent(path)
    return try tree.open(parent.isEmpty ? [UInt8(ascii: ".")] : parent, [.directory], resolve: plain)
  }

  private static func parent(_ path: [UInt8]) -> [UInt8] {
    path.lastIndex(of: UInt8(ascii: "/")).map { Array(path[..<$0]) } ?? []
  }

  private static func name(_ path: [UInt8]) -> [UInt8]? {
    path.isEmpty ? nil : path.split(separator: UInt8(ascii: "/")).last.map { Array($0) }
  }
}
