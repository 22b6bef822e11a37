import Glibc
import WherryLinux
import WherryModel

/// A folder for what lasts as long as a build. What builds that were killed have left goes with the next one: a build
/// holds a lock on its folder as long as it lives.
final class BuildScratch: Sendable {
  private static let prefix = "scratch-"

  let path: String
  private let folder: FileDescriptorBox

  init(below parent: String) throws(WherryError) {
    let path = "\(parent)/\(Self.prefix)\(RandomName.next())"
    self.path = path
    folder = try WherryError.converting("make \(path)") { () throws(SystemError) in
      try Files.makeDirectories(parent)
      try Self.removeLeftovers(parent)
      try Files.makeDirectories(path)
      let folder = try FileDescriptor.open(path, [.directory])
      _ = try folder.tryLock(exclusive: true)
      return FileDescriptorBox(folder)
    }
  }

  func makeFolder(_ name: String) throws(WherryError) -> String {
    let folder = "\(path)/\(name)"
    try WherryError.converting("make \(folder)") { () throws(SystemError) in try Files.makeDirectories(folder)
    }
    return folder
  }

  func write(_ name: String, _ bytes: [UInt8]) throws(WherryError) -> String {
    let file = "\(path)/\(name)"
    try WherryError.converting("write \(file)") { () throws(SystemError) in try Files.write(file, bytes) }
    return file
  }

  func remove() throws(WherryError) {
    try WherryError.converting("remove \(path)") { () throws(SystemError) in _ = try Files.removeTree(path) }
  }

  /// A folder that was made this instant and is not locked yet may go too; its build then says so and ends.
  private static func removeLeftovers(_ parent: String) throws(SystemError) {
    for name in try Files.list(parent) where name.hasPrefix(prefix) {
      let path = "\(parent)/\(name)"
      let folder: FileDescriptor
      do {
        folder = try FileDescriptor.open(path, [.directory])
      } catch {
        if error.errno == ENOENT { continue }
        throw error
      }
      if try folder.tryLock(exclusive: true) { try Files.removeTree(path) }
    }
  }
}
