import Glibc
import WherryLinux
import WherryModel

/// A file that takes its name when it is complete. What is there and is no regular file, such as /dev/null, is
/// written to as it is.
struct NewFile: Sendable {
  private let path: String
  private let temporary: String?
  private let file: FileDescriptorBox

  init(_ path: String) throws(WherryError) {
    self.path = path
    do {
      let status = try Files.statusIfPresent(path, following: true)
      if status?.kind == .directory { throw SystemError(errno: EISDIR, "write", path) }
      if let status, status.kind != .regular {
        temporary = nil
        file = FileDescriptorBox(try FileDescriptor.open(path, [.writeOnly]))
        return
      }
      let folder = CopyPlan.split(path).folder
      let name = "\(folder)/.wherry-\(RandomName.next())"
      temporary = name
      file = FileDescriptorBox(
        try FileDescriptor.open(name, [.writeOnly, .create, .exclusive, .noFollow], mode: 0o600))
    } catch {
      throw WherryError.wrapping(error)
    }
  }

  func write(_ bytes: [UInt8]) throws(WherryError) {
    try WherryError.converting("write \(path)") { () throws(SystemError) in try file.file.write(bytes) }
  }

  func commit() throws(WherryError) {
    guard let temporary else { return }
    try WherryError.converting("write \(path)") { () throws(SystemError) in
      try Files.rename(temporary, to: path)
    }
  }

  func discard() {
    guard let temporary else { return }
    do { try Files.unlink(temporary) } catch { return }
  }
}
