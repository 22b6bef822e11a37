/// What follows mount(8)'s `-o`, cut into what mount(2) takes as flags and what the file system is told.
package struct MountOptions: Sendable, Equatable {
  package var flags: Mount.Flags = []
  /// A change of its own, after the mount.
  package var propagation: Mount.Flags?
  /// In the order given.
  package var data: [String] = []

  private static let set: [String: Mount.Flags] = [
    "ro": .readOnly, "nosuid": .noSetUID, "nodev": .noDevices, "noexec": .noExecute, "sync": .synchronous,
    "dirsync": .synchronousFolders, "noatime": .noAccessTimes, "nodiratime": .noFolderAccessTimes,
    "relatime": .relativeAccessTimes, "strictatime": .strictAccessTimes, "lazytime": .lazyTimes,
    "nosymfollow": .noSymbolicLinks, "bind": .bind, "rbind": [.bind, .recursive],
  ]
  private static let cleared: [String: Mount.Flags] = [
    "rw": .readOnly, "suid": .noSetUID, "dev": .noDevices, "exec": .noExecute, "async": .synchronous,
    "atime": .noAccessTimes, "diratime": .noFolderAccessTimes, "norelatime": .relativeAccessTimes,
    "nostrictatime": .strictAccessTimes, "nolazytime": .lazyTimes, "symfollow": .noSymbolicLinks,
  ]
  private static let propagations: [String: Mount.Flags] = [
    "private": .private, "rprivate": [.private, .recursive], "slave": .slave, "rslave": [.slave, .recursive],
    "shared": .shared, "rshared": [.shared, .recursive],
  ]
  /// Of mount(8) and fstab(5), without a meaning for the kernel.
  private static let ignored: Set<String> = [
    "defaults", "auto", "noauto", "_netdev", "nofail", "user", "nouser",
  ]

  package init(_ text: String) {
    for option in text.split(separator: ",").map(String.init) {
      if let flag = Self.set[option] {
        flags.insert(flag)
      } else if let flag = Self.cleared[option] {
        flags.remove(flag)
      } else if let change = Self.propagations[option] {
        propagation = change
      } else if !Self.ignored.contains(option) {
        data.append(option)
      }
    }
  }
}
