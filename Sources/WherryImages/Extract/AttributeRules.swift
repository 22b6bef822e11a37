import Glibc
import WherryLinux

/// Which extended attributes of an archive reach the disk.
enum AttributeRules {
  /// `security.capability` and `user.*`. Not `trusted.*`, with which a layer could steer overlay
  /// (`trusted.overlay.redirect`), nor `user.overlay.*`, its unprivileged twin, nor labels of
  /// security modules, which belong to the host.
  static func isKept(_ name: String) -> Bool {
    if name == "security.capability" { return true }
    return name.hasPrefix("user.") && !name.hasPrefix("user.overlay.") && name.utf8.count <= 255
      && !name.utf8.contains(0)
  }

  /// Whether a file system that refuses the attribute makes a worse layer, but not a wrong one: Docker
  /// and containerd ignore these two as well.
  static func isIgnorable(_ error: SystemError) -> Bool {
    error.errno == EOPNOTSUPP || error.errno == EPERM
  }

  static func apply(
    _ attributes: [(name: String, value: [UInt8])], to file: borrowing FileDescriptor
  ) throws(SystemError) {
    for attribute in attributes where isKept(attribute.name) {
      do {
        try file.setExtendedAttribute(attribute.name, attribute.value)
      } catch {
        guard isIgnorable(error) else { throw error }
      }
    }
  }

  static func copy(
    from source: borrowing FileDescriptor, to target: borrowing FileDescriptor
  ) throws(SystemError) {
    for name in try source.extendedAttributeNames() where isKept(name) {
      guard let value = try source.extendedAttribute(name) else { continue }
      try apply([(name, value)], to: target)
    }
  }
}
