import CWherryLinux
import Glibc

extension Files {
  /// Blocks until the entry is gone, for processes without tasks; false when that takes longer than `patience`. Its
  /// folder must be there.
  package static func waitUntilGone(_ path: String, patience: Duration) throws(SystemError) -> Bool {
    guard try exists(path) else { return true }
    let number = inotify_init1(Int32(IN_CLOEXEC) | O_NONBLOCK)
    if number < 0 { throw SystemError.last("watch", path) }
    let watch = FileDescriptor(owning: number)
    let folder = try DurableFile.split(path).folder
    if inotify_add_watch(watch.rawValue, folder, UInt32(IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF)) < 0 {
      throw SystemError.last("watch", folder)
    }
    let deadline = ContinuousClock.now + patience
    while try exists(path) {
      guard try watch.waitUntilReadable(until: deadline) else { return try !exists(path) }
      // Which it was, a look at the path says.
      do throws(SystemError) {
        while try !watch.read(maximum: 4096).isEmpty {}
      } catch {
        guard error.errno == EAGAIN else { throw error }
      }
    }
    return true
  }
}

extension FileDescriptor {
  /// Blocks until there is something to read; false when that is not before `deadline`. `other` ends the waiting too.
  package func waitUntilReadable(
    until deadline: ContinuousClock.Instant, or other: Int32 = -1
  ) throws(SystemError) -> Bool {
    while true {
      let left = (deadline - ContinuousClock.now).components
      let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000
      guard milliseconds >= 0, left.attoseconds >= 0 else { return false }
      var requests = [
        pollfd(fd: rawValue, events: Int16(POLLIN), revents: 0),
        pollfd(fd: other, events: Int16(POLLIN), revents: 0),
      ]
      let count = poll(&requests, 2, Int32(clamping: milliseconds + 1))
      if count > 0 { return true }
      if count < 0, errno != EINTR { throw SystemError.last("wait for", "descriptor") }
    }
  }
}
