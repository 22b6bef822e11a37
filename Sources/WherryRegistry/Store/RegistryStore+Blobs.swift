package import WherryLinux
package import WherryModel

/// An open blob.
package struct OpenBlob: ~Copyable, Sendable {
  package let file: FileDescriptor
  package let size: UInt64
}

extension RegistryStore {
  /// Nil where the repository does not have it. A manifest is a blob, too.
  package func openBlob(_ name: RepositoryName, _ digest: Digest) throws(SystemError) -> OpenBlob? {
    let isHere = try Files.exists(blobLink(name, digest))
    let isManifest = try Files.exists(manifestFile(name, digest))
    guard isHere || isManifest else { return nil }
    return try openContent(digest)
  }

  /// Whoever asks whether it is here does not send it, but a manifest that refers to it. What cannot be touched, on a
  /// full disk say, is here all the same.
  package func noteInterest(_ name: RepositoryName, _ digest: Digest) {
    for file in [blobLink(name, digest), manifestFile(name, digest)] {
      do { try touch(file) } catch { continue }
    }
  }

  func openContent(_ digest: Digest) throws(SystemError) -> OpenBlob? {
    do {
      let file = try FileDescriptor.open(blobFile(digest), [.noFollow, .nonBlocking])
      let status = try file.status()
      guard status.kind == .regular else { return nil }
      return OpenBlob(file: file, size: UInt64(clamping: status.size))
    } catch {
      if error.isAbsent { return nil }
      throw error
    }
  }

  /// Gives a repository a blob that is here already; false where it is not, or `source` does not have it.
  package func mount(_ digest: Digest, from source: RepositoryName?, to name: RepositoryName) throws -> Bool {
    try linking {
      if let source, try !Files.exists(blobLink(source, digest)) { return false }
      guard try Files.exists(blobFile(digest)) else { return false }
      try touch(blobFile(digest))
      if try Files.exists(blobLink(name, digest)) {
        try touch(blobLink(name, digest))
      } else {
        try link(blobLink(name, digest))
      }
      return true
    }
  }

  /// Takes a file whose content has that digest, and is on disk.
  func adopt(_ file: String, as digest: Digest, for name: RepositoryName) throws {
    try linking {
      let target = blobFile(digest)
      if try Files.exists(target) {
        try touch(target)
        try Files.unlink(file)
      } else {
        try makeFolder(of: target)
        try DurableFile.move(file, to: target)
      }
      try link(blobLink(name, digest))
    }
  }

  /// The content itself goes when nobody has it any more. False where the repository does not have it.
  package func removeBlob(_ name: RepositoryName, _ digest: Digest) throws(SystemError) -> Bool {
    guard try Files.exists(blobLink(name, digest)) else { return false }
    return try DurableFile.remove(blobLink(name, digest))
  }
}
