import Glibc
import WherryLinux

/// One overlay mount. The last unmount of an ordinary one waits until the whole file system below it is on disk, for as
/// long as others write there; that of a volatile one (Linux 5.10) does not.
struct Overlay {
  /// The folder that is given as `workdir`.
  var work: String
  /// Whether what is written need never reach the disk.
  var isTransient: Bool

  func mount(on root: String, _ options: String) throws(SystemError) {
    guard isTransient else { return try Mount.mount("overlay", on: root, type: "overlay", data: options) }
    // The kernel mounts none again whose last mount was volatile while this is there, since it cannot know whether the
    // power went meanwhile. It did not: a boot removes what is transient.
    _ = try Files.removeTree(work + "/work/incompat")
    do {
      try Mount.mount("overlay", on: root, type: "overlay", data: options + ",volatile")
    } catch {
      // An older kernel.
      guard error.errno == EINVAL else { throw error }
      try Mount.mount("overlay", on: root, type: "overlay", data: options)
    }
  }
}
