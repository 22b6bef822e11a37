import CWherryLinux
import Glibc

extension Files {
  /// Removes `path` and all below it. Never follows a symbolic link and never enters another
  /// mount: what is mounted below stays, and EBUSY or EXDEV says so. Goes on past failures and
  /// throws the first. True when something was there.
  @discardableResult
  package static func removeTree(_ path: String) throws(SystemError) -> Bool {
    let (folder, name) = try DurableFile.split(path)
    let parent: FileDescriptor
    do {
      parent = try FileDescriptor.open(folder, [.directory])
    } catch {
      if error.errno == ENOENT { return false }
      throw error
    }
    do {
      return try parent.removeTree(Array(name.utf8))
    } catch {
      throw SystemError(errno: error.errno, "remove \(error.object) in", path)
    }
  }
}

extension FileDescriptor {
  /// As `Files.removeTree`, for one name in this folder.
  @discardableResult
  package func removeTree(_ name: [UInt8]) throws(SystemError) -> Bool {
    do {
      try unlink(name)
      return true
    } catch {
      switch error.errno {
      case ENOENT: return false
      case EISDIR, EPERM: break
      default: throw error
      }
    }
    let top = try openForRemoval(name)
    var removal = TreeRemoval()
    repeat {
      removal.progress = false
      removal.failure = nil
      top.removeContents(depth: 0, top: top.rawValue, &removal)
    } while removal.progress
    if let failure = removal.failure { throw failure }
    try removeDirectory(name)
    return true
  }

  private func openForRemoval(_ name: [UInt8]) throws(SystemError) -> FileDescriptor {
    try open(
      name, [.directory, .noFollow],
      resolve: [.beneath, .noSymbolicLinks, .noMagicLinks, .noCrossingMounts])
  }

  private func removeContents(depth: Int, top: Int32, _ removal: inout TreeRemoval) {
    var state = removal
    do throws(SystemError) {
      try forEachEntry { entry throws(SystemError) in
        do throws(SystemError) {
          try removeEntry(entry, depth: depth, top: top, &state)
        } catch {
          if state.failure == nil { state.failure = error }
        }
        return true
      }
    } catch {
      if state.failure == nil { state.failure = error }
    }
    removal = state
  }

  private func removeEntry(_ entry: DirectoryEntry, depth: Int, top: Int32, _ removal: inout TreeRemoval)
    throws(SystemError)
  {
    if entry.kind != .directory {
      do {
        try unlink(entry.name)
        removal.progress = true
        return
      } catch {
        switch error.errno {
        case ENOENT: return
        case EISDIR: break
        default: throw error
        }
      }
    }
    if depth >= TreeRemoval.maximumDepth {
      // Deeper than descriptors and stack should go: bring it to the top, where the next round finds it.
      let flat = removal.nextName()
      try systemCall("remove", paths: entry.name, flat) { renameat(rawValue, $0, top, $1) }
      removal.progress = true
      return
    }
    let folder = try openForRemoval(entry.name)
    let before = removal.failure
    removal.failure = nil
    folder.removeContents(depth: depth + 1, top: top, &removal)
    let failed = removal.failure != nil
    removal.failure = before ?? removal.failure
    if failed { return }
    do {
      try removeDirectory(entry.name)
      removal.progress = true
    } catch {
      // Something was left or came in meanwhile: the next round finds it, while there is progress.
      if error.errno != ENOENT { throw error }
    }
  }
}

private struct TreeRemoval {
  static let maximumDepth = 48
  var progress = false
  var failure: SystemError?
  private let prefix = RandomName.next()
  private var counter = 0

  mutating func nextName() -> String {
    counter += 1
    return ".wherry-removing-\(prefix)-\(counter)"
  }
}
