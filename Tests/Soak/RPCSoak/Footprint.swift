import CMalloc
import Glibc
import WherryModel

/// What this process holds. Freed memory is given back to the kernel first, so that RSS is what is used.
struct Footprint {
  let resident: Int
  /// Bytes malloc has given out and not got back.
  let allocated: Int
  let descriptors: Int

  static func now() throws -> Footprint {
    malloc_trim(0)
    let info = mallinfo2()
    return Footprint(
      resident: try residentBytes(), allocated: Int(info.uordblks + info.hblkhd),
      descriptors: try openDescriptors())
  }

  private static func residentBytes() throws -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { throw failure("/proc/self/statm") }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    guard fgets(&line, Int32(line.count), file) != nil else { throw failure("/proc/self/statm") }
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let fields = text.split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { throw failure("/proc/self/statm") }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }

  private static func openDescriptors() throws -> Int {
    guard let folder = opendir("/proc/self/fd") else { throw failure("/proc/self/fd") }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    // ".", ".." and the folder itself.
    return count - 3
  }

  private static func failure(_ path: String) -> WherryError {
    WherryError(.internal, "cannot read \(path): errno \(errno)")
  }

  var text: String {
    "\(resident >> 10) KiB resident, \(allocated >> 10) KiB allocated, \(descriptors) descriptors"
  }
}
