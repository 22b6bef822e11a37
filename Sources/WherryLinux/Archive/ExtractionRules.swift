/// What of an archive's members reaches the disk.
package struct ExtractionRules: Sendable, Equatable {
  package enum Owners: Sendable, Equatable {
    /// Whoever extracts.
    case own
    case fixed(user: UInt32, group: UInt32)
    case archived
  }

  package var owners: Owners
  /// Set-user-ID and set-group-ID bits, and capabilities of files.
  package var keepsPrivileges: Bool
  /// Device nodes are made; else they are left out and counted.
  package var makesDevices: Bool
  /// The first name of every path, where the archive's maker is not trusted to write to others; any where nil.
  package var top: [UInt8]?

  /// Of the namespace whose users `owners` speaks of, where the folder has the device's.
  package var map: IDMap?
  /// Whether `./` in the archive gives the folder itself its owner, mode and time.
  package var setsTop = false

  package init(owners: Owners, keepsPrivileges: Bool, makesDevices: Bool, top: [UInt8]? = nil) {
    self.top = top
    self.owners = owners
    self.keepsPrivileges = keepsPrivileges
    self.makesDevices = makesDevices
  }
}
