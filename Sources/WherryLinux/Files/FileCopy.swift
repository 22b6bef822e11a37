import CWherryLinux
import Glibc

extension FileDescriptor {
  /// Makes this empty file share all blocks of `source`, ioctl_ficlone(2). False where the file system cannot.
  package func clone(from source: borrowing FileDescriptor) throws(SystemError) -> Bool {
    let (to, from) = (rawValue, source.rawValue)
    do throws(SystemError) {
      try systemCall("clone", "descriptor \(from)") { wherry_clone_file(to, from) }
      return true
    } catch {
      switch error.errno {
      case EOPNOTSUPP, ENOTTY, EXDEV, EINVAL, EBADF, ENOSYS, EPERM: return false
      default: throw error
      }
    }
  }

  /// Copies `size` bytes of `source` into this empty file; what `source` does not hold on disk stays a hole. Less where
  /// `source` is cut meanwhile.
  package func copyData(of source: borrowing FileDescriptor, size: Int64) throws(SystemError) {
    var position: Int64 = 0
    copying: while position < size {
      guard let extent = try source.nextData(from: position, size: size) else { break }
      position = extent.lowerBound
      while position < extent.upperBound {
        let wanted = Swift.min(extent.upperBound - position, 256 << 10)
        let bytes = try source.read(maximum: Int(wanted), at: position)
        if bytes.isEmpty { break copying }
        try write(bytes, at: position)
        position += Int64(bytes.count)
      }
    }
    try truncate(to: size)
  }

  /// The next part that is no hole, lseek(2). Nil where nothing but a hole is left.
  private func nextData(from position: Int64, size: Int64) throws(SystemError) -> Range<Int64>? {
    // SEEK_DATA and SEEK_HOLE, declared under _GNU_SOURCE only.
    let (data, hole): (Int32, Int32) = (3, 4)
    let number = rawValue
    let start: Int
    do throws(SystemError) {
      start = try systemCall("seek in", "descriptor \(number)") { lseek(number, Int(position), data) }
    } catch {
      if error.errno == ENXIO { return nil }
      // The file system knows nothing of holes.
      if error.errno == EINVAL { return position..<size }
      throw error
    }
    let end = try systemCall("seek in", "descriptor \(number)") { lseek(number, start, hole) }
    guard start < end, Int64(start) < size else { return nil }
    return Int64(start)..<Swift.min(Int64(end), size)
  }
}
