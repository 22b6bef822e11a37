import CWherryLinux
import Glibc

extension FileDescriptor {
  /// Reads at most `maximum` bytes; empty at the end. Throws EAGAIN where it is non-blocking.
  package func read(maximum: Int) throws(SystemError) -> [UInt8] {
    try Self.read(rawValue, maximum: maximum)
  }

  static func read(_ number: Int32, maximum: Int) throws(SystemError) -> [UInt8] {
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: max(maximum, 1)) { buffer, count in
      var got: Int
      repeat {
        got = Glibc.read(number, buffer.baseAddress, max(maximum, 1))
      } while got == -1 && Glibc.errno == EINTR
      if got == -1 { failure = Glibc.errno }
      count = max(got, 0)
    }
    if failure != 0 { throw SystemError(errno: failure, "read", "descriptor \(number)") }
    return bytes
  }

  /// Reads at most `maximum` bytes from `offset` on, pread(2); empty at the end.
  package func read(maximum: Int, at offset: Int64) throws(SystemError) -> [UInt8] {
    var failure: Int32 = 0
    let number = rawValue
    let bytes = [UInt8](unsafeUninitializedCapacity: max(maximum, 1)) { buffer, count in
      var got: Int
      repeat {
        got = pread(number, buffer.baseAddress, max(maximum, 1), Int(offset))
      } while got == -1 && Glibc.errno == EINTR
      if got == -1 { failure = Glibc.errno }
      count = max(got, 0)
    }
    if failure != 0 { throw SystemError(errno: failure, "read", "descriptor \(number)") }
    return bytes
  }

  /// Writes once and says how much went out. Throws EAGAIN where it is non-blocking.
  package func writeSome(_ bytes: some Collection<UInt8>) throws(SystemError) -> Int {
    try Self.writeSome(rawValue, ArraySlice(bytes))
  }

  static func writeSome(_ number: Int32, _ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int {
    try systemCall("write", "descriptor \(number)") {
      bytes.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
    }
  }

  /// Writes all of it; blocks where the file does.
  package func write(_ bytes: some Collection<UInt8>) throws(SystemError) {
    var rest = ArraySlice(bytes)
    while !rest.isEmpty {
      rest = rest.dropFirst(try Self.writeSome(rawValue, rest))
    }
  }

  /// Writes all of it at `offset`.
  package func write(_ bytes: some Collection<UInt8>, at offset: Int64) throws(SystemError) {
    var rest = ArraySlice(bytes)
    var position = offset
    let number = rawValue
    while !rest.isEmpty {
      let count = try systemCall("write", "descriptor \(number)") {
        rest.withUnsafeBytes { pwrite(number, $0.baseAddress, $0.count, Int(position)) }
      }
      rest = rest.dropFirst(count)
      position += Int64(count)
    }
  }

  /// Reads to the end. Throws EFBIG when there is more than `maximum`.
  package func readAll(maximum: Int) throws(SystemError) -> [UInt8] {
    var all: [UInt8] = []
    while true {
      let chunk = try read(maximum: min(max(maximum - all.count, 0) + 1, 256 << 10))
      if chunk.isEmpty { return all }
      all.append(contentsOf: chunk)
      if all.count > maximum { throw SystemError(errno: EFBIG, "read", "more than \(maximum) bytes") }
    }
  }

  package func truncate(to size: Int64) throws(SystemError) {
    let number = rawValue
    try systemCall("truncate", "descriptor \(number)") { ftruncate(number, Int(size)) }
  }

  /// Waits until content and metadata are on disk, fsync(2).
  package func sync() throws(SystemError) {
    let number = rawValue
    try systemCall("sync", "descriptor \(number)") { fsync(number) }
  }

  /// Waits until all of the file system that holds this file is on disk, syncfs(2).
  /// Reports write-back errors since Linux 5.8.
  package func syncFileSystem() throws(SystemError) {
    let number = rawValue
    try systemCall("sync file system of", "descriptor \(number)") { wherry_syncfs(number) }
  }

  /// The advisory lock of flock(2) on the open file. False when another holds it.
  package func tryLock(exclusive: Bool = true) throws(SystemError) -> Bool {
    let number = rawValue
    do {
      try systemCall("lock", "descriptor \(number)") {
        flock(number, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB)
      }
      return true
    } catch {
      if error.errno == EWOULDBLOCK { return false }
      throw error
    }
  }

  /// As `tryLock`, waiting until nobody is in the way. Blocks.
  package func lock(exclusive: Bool) throws(SystemError) {
    let number = rawValue
    try systemCall("lock", "descriptor \(number)") { flock(number, exclusive ? LOCK_EX : LOCK_SH) }
  }
}
