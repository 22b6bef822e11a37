import CWherryLinux
import Glibc

extension FileDescriptor {
  /// Sets an extended attribute of the open file, which may be opened `.pathOnly`:
  /// setxattr(2) through /proc/self/fd, since fsetxattr(2) refuses such descriptors.
  package func setExtendedAttribute(_ name: String, _ value: some Collection<UInt8>) throws(SystemError) {
    let bytes = Array(value)
    let number = rawValue
    try systemCall("set attribute", paths: "/proc/self/fd/\(number)", name) { path, name in
      bytes.withUnsafeBytes { setxattr(path, name, $0.baseAddress, $0.count, 0) }
    }
  }

  /// The attribute's value, nil where there is none.
  package func extendedAttribute(_ name: String, maximum: Int = 64 << 10) throws(SystemError) -> [UInt8]? {
    var value = [UInt8](repeating: 0, count: maximum)
    var count = 0
    let number = rawValue
    do {
      try systemCall("read attribute", paths: "/proc/self/fd/\(number)", name) { path, name in
        count = value.withUnsafeMutableBytes { getxattr(path, name, $0.baseAddress, $0.count) }
        return count == -1 ? -1 : 0
      }
    } catch {
      if error.errno == ENODATA || error.errno == EOPNOTSUPP { return nil }
      throw error
    }
    return Array(value.prefix(max(count, 0)))
  }

  /// Sets an extended attribute of a symbolic link or another node that must not be opened,
  /// by its name in this folder.
  package func setExtendedAttribute(
    of name: String, _ attribute: String, _ value: some Collection<UInt8>
  ) throws(SystemError) {
    let bytes = Array(value)
    let path = "/proc/self/fd/\(rawValue)/\(name)"
    try systemCall("set attribute", paths: path, attribute) { path, attribute in
      bytes.withUnsafeBytes { lsetxattr(path, attribute, $0.baseAddress, $0.count, 0) }
    }
  }
}
