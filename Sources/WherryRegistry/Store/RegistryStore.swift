import Glibc
import WherryLinux
package import WherryModel

/// The folder a registry keeps everything in. No database: what is there is what the file system says, and a link to
/// a blob is an empty file with its digest as name.
///
/// ```
/// blobs/ALGORITHM/HH/HEX                     content, also of manifests
/// repositories/NAME/_blobs/ALGORITHM-HEX     the repository has this blob
/// repositories/NAME/_manifests/ALGORITHM-HEX the repository has this manifest; its media type
/// repositories/NAME/_tags/TAG                the digest of a manifest
/// repositories/NAME/_referrers/SUBJECT/DIGEST
/// uploads/UUID/{data,about}                  blobs that are not complete
/// lock, serve.lock
/// ```
///
/// No part of a name begins with `_`, so a repository below another is never mistaken for its insides. Everything
/// is written by DurableFile or moved when it is on disk, what is referred to before what refers to it: after a power
/// cut there is nothing that leads nowhere. All calls block.
package struct RegistryStore: Sendable {
  package let path: String

  /// For a server: makes what is missing, as the user who will write there.
  package init(_ path: String) throws(WherryError) {
    self.path = path
    try WherryError.converting("the registry's storage \(path)") { () throws(SystemError) in
      for folder in [path, blobs, repositories, uploads] { try Files.makeDirectories(folder, mode: 0o750) }
      _ = try FileDescriptor.open(lock, [.readWrite, .create, .noFollow], mode: 0o640)
    }
  }

  /// For whoever looks after what a server has made. Makes nothing: a file of another user's is one the server cannot
  /// open. Throws `notFound` where no server has begun in that folder.
  package init(existing path: String) throws(WherryError) {
    self.path = path
    let file = lock
    let isThere = try WherryError.converting("the registry's storage \(path)") { () throws(SystemError) in
      try Files.exists(file)
    }
    guard isThere else {
      throw WherryError(
        .notFound, "there is no registry in \(path)", hint: "name the folder of one with --storage")
    }
  }

  private var lock: String { path + "/lock" }
  var blobs: String { path + "/blobs" }
  var repositories: String { path + "/repositories" }
  var uploads: String { path + "/uploads" }

  func folder(_ name: RepositoryName) -> String { "\(repositories)/\(name)" }
  func blobFolder(_ digest: Digest) -> String {
    "\(blobs)/\(digest.algorithm.rawValue)/\(digest.hex.prefix(2))"
  }
  func blobFile(_ digest: Digest) -> String { "\(blobFolder(digest))/\(digest.hex)" }
  func blobLink(_ name: RepositoryName, _ digest: Digest) -> String {
    "\(folder(name))/_blobs/\(Self.fileName(digest))"
  }
  func manifestFile(_ name: RepositoryName, _ digest: Digest) -> String {
    "\(folder(name))/_manifests/\(Self.fileName(digest))"
  }
  func tagFile(_ name: RepositoryName, _ tag: String) -> String { "\(folder(name))/_tags/\(tag)" }
  func referrers(_ name: RepositoryName, of subject: Digest) -> String {
    "\(folder(name))/_referrers/\(Self.fileName(subject))"
  }

  static func fileName(_ digest: Digest) -> String { "\(digest.algorithm.rawValue)-\(digest.hex)" }

  /// Nil for what is no name of ours, such as a temporary file.
  static func digest(fileName: String) -> Digest? {
    let parts = fileName.split(separator: "-", maxSplits: 1)
    guard parts.count == 2, let algorithm = parts.first, let hex = parts.last else { return nil }
    do { return try Digest("\(algorithm):\(hex)") } catch { return nil }
  }

  /// Runs `body` apart from a collection of what nobody refers to, which must not see a reference half made.
  func linking<Value>(_ body: () throws -> Value) throws -> Value {
    let file = try FileDescriptor.open(lock, [.readWrite, .noFollow])
    try file.lock(exclusive: false)
    return try body()
  }

  /// Runs `body` while no reference is made. Whoever makes one waits: this must be short.
  func sweeping<Value>(_ body: () throws -> Value) throws -> Value {
    let file = try FileDescriptor.open(lock, [.readWrite, .noFollow])
    try file.lock(exclusive: true)
    return try body()
  }

  /// Makes a file that says something by being there; durable when it returns.
  func link(_ file: String, _ content: [UInt8] = []) throws(SystemError) {
    try makeFolder(of: file)
    try DurableFile.write(file, content, mode: 0o640)
  }

  /// Says that somebody has asked for it or refers to it now: a collection leaves it alone.
  func touch(_ file: String) throws(SystemError) {
    try FileDescriptor.open(file, [.noFollow, .nonBlocking]).setModified(FileTime(.now()))
  }

  /// Makes the folders above `file` that are missing, each on disk before something is put into it.
  func makeFolder(of file: String) throws(SystemError) {
    guard let slash = file.lastIndex(of: "/") else { return }
    let folder = String(file[..<slash])
    if try Files.exists(folder) { return }
    try makeFolder(of: folder)
    try Files.makeDirectories(folder, mode: 0o750)
    guard let above = folder.lastIndex(of: "/") else { return }
    try DurableFile.syncFolder(String(folder[..<above]))
  }

  /// Sorted by bytes; empty where the folder is missing, or is none: what somebody else has put there is none of ours.
  func names(in folder: String) throws(SystemError) -> [String] {
    do {
      return try FileDescriptor.open(folder, [.directory]).entries().map(\.text)
        .filter { !DurableFile.isTemporary($0) }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    } catch {
      if error.isAbsent || error.errno == ENOTDIR { return [] }
      throw error
    }
  }
}
