/// The access control list of a file, as far as it lets more groups in than its one (acl(5)).
package enum AccessControlList {
  static let attribute = "system.posix_acl_access"

  /// Lets the members of `groups` read and write `path` as its owner and its own group may, and nobody else, instead
  /// of whoever was listed before. Without groups a list is taken away, which leaves mode 0660; a file without one
  /// keeps its mode.
  ///
  /// Throws ENOTSUP where the file system keeps no lists.
  package static func share(_ path: String, with groups: [UInt32]) throws(SystemError) {
    let file = try FileDescriptor.open(path, [.pathOnly, .noFollow])
    let result = Result { () throws(SystemError) in
      if groups.isEmpty, try file.extendedAttribute(attribute) == nil { return }
      try file.setExtendedAttribute(attribute, encoded(readersAndWriters: groups))
    }
    try file.close()
    try result.get()
  }

  /// The attribute's value: Linux's `posix_acl_xattr`, version 2. Entries ascend by tag, then by number.
  static func encoded(readersAndWriters groups: [UInt32]) -> [UInt8] {
    let readWrite: UInt16 = 6
    var entries: [(tag: Tag, permissions: UInt16, id: UInt32)] = [
      (.owner, readWrite, .max), (.owningGroup, readWrite, .max),
    ]
    let groups = Set(groups).sorted()
    for group in groups { entries.append((.group, readWrite, group)) }
    if !groups.isEmpty { entries.append((.mask, readWrite, .max)) }
    entries.append((.others, 0, .max))

    var bytes: [UInt8] = [2, 0, 0, 0]
    for entry in entries {
      for number in [entry.tag.rawValue, entry.permissions] {
        bytes += [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)]
      }
      for shift in stride(from: 0, to: 32, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: entry.id >> shift))
      }
    }
    return bytes
  }

  /// linux/posix_acl.h
  private enum Tag: UInt16 {
    case owner = 0x01
    case owningGroup = 0x04
    case group = 0x08
    case mask = 0x10
    case others = 0x20
  }
}
