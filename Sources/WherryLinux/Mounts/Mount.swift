import CWherryLinux
import Glibc

/// mount(2) and umount2(2).
package enum Mount {
  package struct Flags: OptionSet, Sendable {
    package let rawValue: UInt

    package init(rawValue: UInt) {
      self.rawValue = rawValue
    }

    package static let readOnly = Self(rawValue: 1)
    package static let noSetUID = Self(rawValue: 2)
    package static let noDevices = Self(rawValue: 4)
    package static let noExecute = Self(rawValue: 8)
    package static let synchronous = Self(rawValue: 16)
    package static let remount = Self(rawValue: 32)
    package static let synchronousFolders = Self(rawValue: 128)
    package static let noSymbolicLinks = Self(rawValue: 256)
    package static let noAccessTimes = Self(rawValue: 1024)
    package static let noFolderAccessTimes = Self(rawValue: 2048)
    package static let bind = Self(rawValue: 4096)
    package static let move = Self(rawValue: 8192)
    package static let recursive = Self(rawValue: 16384)
    package static let `private` = Self(rawValue: 1 << 18)
    package static let slave = Self(rawValue: 1 << 19)
    package static let shared = Self(rawValue: 1 << 20)
    package static let relativeAccessTimes = Self(rawValue: 1 << 21)
    package static let strictAccessTimes = Self(rawValue: 1 << 24)
    package static let lazyTimes = Self(rawValue: 1 << 25)
  }

  package struct UnmountFlags: OptionSet, Sendable {
    package let rawValue: Int32

    package init(rawValue: Int32) {
      self.rawValue = rawValue
    }

    /// Now invisible, gone when nobody uses it any more.
    package static let detach = Self(rawValue: 2)
    /// The path itself may not be a symbolic link.
    package static let noFollow = Self(rawValue: 8)
  }

  /// mount(2). `data` are the file system's own options (at most a page, ENAMETOOLONG beyond).
  package static func mount(
    _ source: String, on target: String, type: String? = nil, flags: Flags = [], data: String? = nil
  ) throws(SystemError) {
    for text in [source, target, type, data].compactMap(\.self) where text.utf8.contains(0) {
      throw SystemError(errno: EINVAL, "mount", text.debugDescription)
    }
    let operation = type.map { "mount \($0) on" } ?? "mount"
    // The kernel cuts longer data off in silence.
    if let data, data.utf8.count >= 4096 { throw SystemError(errno: ENAMETOOLONG, operation, target) }
    try systemCall(operation, target) {
      Glibc.mount(source, target, type, flags.rawValue, data)
    }
  }

  /// False where nothing is mounted there (EINVAL) or nothing is there at all.
  @discardableResult
  package static func unmount(_ target: String, _ flags: UnmountFlags = [.noFollow]) throws(SystemError)
    -> Bool
  {
    do {
      try systemCall("unmount", path: target) { umount2($0, flags.rawValue) }
      return true
    } catch {
      if error.errno == EINVAL || error.errno == ENOENT { return false }
      throw error
    }
  }

  /// The folder `path` in a mount of its own that nobody else sees, without what is mounted below it, open_tree(2).
  /// Gone when the descriptor is closed.
  package static func clone(_ path: String) throws(SystemError) -> FileDescriptor {
    let tree = FileDescriptor(
      owning: try systemCall("clone mount", path: path) { wherry_clone_mount($0) })
    return try tree.open(".", [.directory])
  }

  /// Unmounts `target` as often as something is mounted there, and all below it, deepest first.
  package static func unmountAll(_ target: String, _ flags: UnmountFlags = [.noFollow]) throws(SystemError) {
    if try isMounted(target) {
      do throws(SystemError) {
        while try unmount(target, flags) {}
        return
      } catch {
        // It may be in use, or have others below it.
        guard error.isBusy else { throw error }
      }
    }
    let points = try MountInfo.current().map(\.mountPoint).filter {
      $0 == target || $0.hasPrefix(target + "/")
    }
    for point in points.reversed() {
      try unmount(point, flags)
    }
  }

  /// The same. What somebody still has open in there is invisible at once, and goes when they have closed it.
  package static func unmountAllInUse(_ target: String) throws(SystemError) {
    do throws(SystemError) {
      try unmountAll(target)
    } catch {
      guard error.isBusy else { throw error }
      try unmountAll(target, [.noFollow, .detach])
    }
  }

  /// Without the table of mounts, which is long where there are many containers; statx(2), STATX_ATTR_MOUNT_ROOT.
  package static func isMounted(_ target: String) throws(SystemError) -> Bool {
    do throws(SystemError) {
      return try systemCall("look for a mount at", path: target) { wherry_is_mount_root($0) } == 1
    } catch {
      switch error.errno {
      case ENOENT, ENOTDIR: return false
      // An old kernel, or a file system whose server or device is gone.
      default: return try MountInfo.current().contains { $0.mountPoint == target }
      }
    }
  }
}
