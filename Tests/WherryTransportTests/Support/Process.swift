import Glibc
import WherryModel

/// What this process holds and may hold.
enum Process {
  /// Bytes of memory it has from the kernel (proc(5), statm).
  static func resident() throws -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { throw WherryError(.internal, "no statm") }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    fgets(&line, Int32(line.count), file)
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    return (pages ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Lets the process have `count` descriptors, where that is allowed.
  static func allowDescriptors(_ count: UInt) -> Bool {
    var limit = rlimit()
    let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(kind, &limit) == 0, limit.rlim_max >= count else { return false }
    limit.rlim_cur = max(limit.rlim_cur, count)
    return setrlimit(kind, &limit) == 0
  }
}
