import Glibc
import WherryLinux
import WherryModel

/// Paths of the user's own machine, as `cp` takes them: links are followed as any program would.
enum LocalPath {
  static func destination(_ path: String) throws(WherryError) -> CopyPlan.Destination {
    do {
      guard let status = try Files.statusIfPresent(path, following: true) else {
        if try Files.statusIfPresent(path) != nil {
          throw WherryError(
            .failedPrecondition, "\(path) is a link to nothing", hint: "name what it leads to")
        }
        let parent = CopyPlan.split(path).folder
        guard try Files.statusIfPresent(parent, following: true)?.kind == .directory else {
          throw WherryError(.invalidArgument, "invalid output path: directory \"\(parent)\" does not exist")
        }
        return CopyPlan.Destination(path: path, exists: false, isFolder: false)
      }
      let isFolder = status.kind == .directory
      if !isFolder, CopyPlan.assertsFolder(path) {
        throw WherryError(.failedPrecondition, "\(path): not a directory")
      }
      return CopyPlan.Destination(path: isFolder ? path : resolved(path), exists: true, isFolder: isFolder)
    } catch let error as WherryError {
      throw error
    } catch {
      throw WherryError.wrapping(error)
    }
  }

  static func folder(_ path: String) throws(WherryError) -> FileDescriptorBox {
    try WherryError.converting { () throws(SystemError) in
      FileDescriptorBox(try FileDescriptor.open(path, [.directory]))
    }
  }

  /// The path itself, or what it leads to with `follow`.
  static func source(_ path: String, follow: Bool) throws(WherryError) -> (path: String, isFolder: Bool) {
    try WherryError.converting { () throws(SystemError) in
      let status = try Files.status(path, following: follow || CopyPlan.assertsFolder(path))
      if status.kind != .directory, CopyPlan.assertsFolder(path) {
        throw SystemError(errno: ENOTDIR, "copy", path)
      }
      let isLink = try Files.status(path).kind == .symbolicLink
      return (follow && isLink ? resolved(path) : path, status.kind == .directory)
    }
  }

  static func archiver(_ path: String, name: String) throws(WherryError) -> TreeArchiver {
    try WherryError.converting { () throws(SystemError) in
      let name = Array(name.utf8)
      if CopyPlan.assertsFolder(path) || CopyPlan.split(path).name == ".." || path == "/" {
        return TreeArchiver(
          .folder(FileDescriptorBox(try FileDescriptor.open(path, [.directory])), name: name))
      }
      let (folder, entry) = CopyPlan.split(path)
      let parent = FileDescriptorBox(try FileDescriptor.open(folder, [.directory]))
      return TreeArchiver(.member(parent, entry: Array(entry.utf8), name: name))
    }
  }

  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }
}
