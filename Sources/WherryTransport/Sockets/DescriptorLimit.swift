import Glibc

/// How many sockets this process may have open (getrlimit(2), RLIMIT_NOFILE).
package enum DescriptorLimit {
  /// What else a process needs descriptors for: files, pipes and children.
  private static let reserve = 128

  /// `wanted`, or as many as leave the process room for its work.
  ///
  /// Accepting until the kernel refuses would stop that work, and the queue of the socket with it.
  package static func connections(atMost wanted: Int) -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return wanted }
    return max(1, min(wanted, Int(clamping: limit.rlim_cur) - reserve))
  }
}
