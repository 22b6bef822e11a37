import WherryLinux

/// One member of an archive, as libarchive read it: nothing in it is trusted.
struct TarEntry {
  enum Kind: Equatable {
    case regular
    case directory
    case symbolicLink([UInt8])
    case hardLink([UInt8])
    case characterDevice(major: UInt32, minor: UInt32)
    case blockDevice(major: UInt32, minor: UInt32)
    case fifo
    /// Volume labels and the like.
    case other
  }

  var path: [UInt8]
  var kind: Kind
  var permissions: UInt32
  var userID: UInt32
  var groupID: UInt32
  /// Logical: holes count.
  var size: UInt64
  var modified: FileTime?
  var attributes: [(name: String, value: [UInt8])]
}
