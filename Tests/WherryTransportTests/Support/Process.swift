import Glibc

/// What this process may hold.
enum Process {
  /// Lets the process have `count` descriptors, where that is allowed.
  static func allowDescriptors(_ count: UInt) -> Bool {
    var limit = rlimit()
    let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(kind, &limit) == 0, limit.rlim_max >= count else { return false }
    limit.rlim_cur = max(limit.rlim_cur, count)
    return setrlimit(kind, &limit) == 0
  }
}
