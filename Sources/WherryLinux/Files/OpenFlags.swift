import CWherryLinux
import Glibc

/// Flags of open(2). `O_CLOEXEC` is always added; `O_NOCTTY` too.
package struct OpenFlags: OptionSet, Sendable {
  package let rawValue: Int32

  package init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  package static let readOnly = Self([])
  package static let writeOnly = Self(rawValue: O_WRONLY)
  package static let readWrite = Self(rawValue: O_RDWR)
  package static let create = Self(rawValue: O_CREAT)
  package static let exclusive = Self(rawValue: O_EXCL)
  package static let truncate = Self(rawValue: O_TRUNC)
  package static let append = Self(rawValue: O_APPEND)
  package static let noFollow = Self(rawValue: O_NOFOLLOW)
  package static let nonBlocking = Self(rawValue: O_NONBLOCK)
  package static let directory = Self(rawValue: O_DIRECTORY)
  package static let pathOnly = Self(rawValue: Int32(WHERRY_O_PATH))

  var complete: Int32 { rawValue | O_CLOEXEC | O_NOCTTY }
}

/// How openat2(2) may resolve a path.
package struct ResolveFlags: OptionSet, Sendable {
  package let rawValue: UInt64

  package init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// Mount points may not be crossed, bind mounts included.
  package static let noCrossingMounts = Self(rawValue: UInt64(RESOLVE_NO_XDEV))
  /// Links of /proc that jump anywhere may not be followed.
  package static let noMagicLinks = Self(rawValue: UInt64(RESOLVE_NO_MAGICLINKS))
  package static let noSymbolicLinks = Self(rawValue: UInt64(RESOLVE_NO_SYMLINKS))
  /// What leads out of the folder is refused (EXDEV).
  package static let beneath = Self(rawValue: UInt64(RESOLVE_BENEATH))
  /// The folder is the root: `/` and `..` end there.
  package static let inRoot = Self(rawValue: UInt64(RESOLVE_IN_ROOT))
}
