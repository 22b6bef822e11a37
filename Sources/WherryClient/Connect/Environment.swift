import Glibc
package import WherryLinux

/// The environment of this process.
package enum Environment {
  /// As it was at the start, `KEY=VALUE`: for programs that act for the same user.
  package static func all() throws(SystemError) -> [String] {
    let bytes = try Files.read("/proc/self/environ", maximum: 4 << 20)
    return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  static subscript(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
