import CWherryLinux
import Glibc

extension FileDescriptor {
  /// The names of the open file's extended attributes, listxattr(2); none where the file system has no such
  /// thing.
  package func extendedAttributeNames() throws(SystemError) -> [String] {
    var names = [CChar](repeating: 0, count: 64 << 10)
    var count = 0
    do {
      try systemCall("list attributes", path: "/proc/self/fd/\(rawValue)") { path in
        count = listxattr(path, &names, names.count)
        return count
      }
    } catch {
      if error.errno == EOPNOTSUPP { return [] }
      throw error
    }
    return names.prefix(max(count, 0)).split(separator: 0).map { part in
      String(decoding: part.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
  }
}
