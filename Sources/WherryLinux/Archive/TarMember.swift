/// A member of a tar archive (POSIX.1-2017 pax: "ustar Interchange Format").
package struct TarMember: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    case regular
    case hardLink
    case symbolicLink
    case characterDevice
    case blockDevice
    case directory
    case fifo
  }

  /// Raw, as the archive has it.
  package var path: [UInt8]
  package var kind: Kind
  /// The lower twelve bits of the mode.
  package var permissions: UInt32
  package var userID: UInt32 = 0
  package var groupID: UInt32 = 0
  /// Bytes that follow; of a regular file only.
  package var size: Int64 = 0
  package var modified = FileTime(seconds: 0)
  /// Of a link.
  package var target: [UInt8] = []
  package var major: UInt32 = 0
  package var minor: UInt32 = 0
  /// Extended attributes by name.
  package var attributes: [String: [UInt8]] = [:]

  package init(path: [UInt8], kind: Kind, permissions: UInt32) {
    self.path = path
    self.kind = kind
    self.permissions = permissions
  }
}

/// Why bytes are no tar archive, or none that is taken.
package struct TarError: Error, Equatable, Sendable, CustomStringConvertible {
  package var description: String

  init(_ description: String) {
    self.description = description
  }
}
