import CWherryLinux
import Glibc

/// Users and groups of this machine, through NSS (getpwnam_r(3)). Never for those of an image.
package enum HostUsers {
  package struct User: Sendable, Equatable {
    package var name: String
    package var id: UInt32
    package var groupID: UInt32
    package var home: String
  }

  /// Who this process is for the kernel: effective numbers, and the groups of its login, getgroups(2).
  package static var caller: (user: UInt32, group: UInt32, groups: Set<UInt32>) {
    var groups = [gid_t](repeating: 0, count: 1 << 16)
    let count = getgroups(Int32(groups.count), &groups)
    return (geteuid(), getegid(), Set(groups.prefix(Int(max(count, 0)))).union([getegid()]))
  }

  /// Nil where there is none.
  package static func user(named name: String) throws(SystemError) -> User? {
    if name.utf8.contains(0) { return nil }
    return try lookUp("user \(name)", passwd(), { getpwnam_r(name, $0, $1, $2, $3) }, makeUser)
  }

  package static func user(_ id: UInt32) throws(SystemError) -> User? {
    try lookUp("user \(id)", passwd(), { getpwuid_r(id, $0, $1, $2, $3) }, makeUser)
  }

  /// The number of a group; nil where there is none.
  package static func group(named name: String) throws(SystemError) -> UInt32? {
    if name.utf8.contains(0) { return nil }
    return try lookUp("group \(name)", Glibc.group(), { getgrnam_r(name, $0, $1, $2, $3) }) { $0.gr_gid }
  }

  /// All groups of a user, the primary one included, getgrouplist(3). For a number without a
  /// user: nothing beyond `primary`.
  package static func groups(ofUser id: UInt32, primary: UInt32) throws(SystemError) -> Set<UInt32> {
    guard let user = try user(id) else { return [primary] }
    var count: Int32 = 64
    while true {
      var groups = [gid_t](repeating: 0, count: Int(count))
      let capacity = count
      if getgrouplist(user.name, primary, &groups, &count) >= 0 {
        return Set(groups.prefix(Int(max(count, 0))))
      }
      count = min(max(count, capacity * 2), 1 << 16)
      if capacity >= 1 << 16 { throw SystemError(errno: ERANGE, "look up groups of", user.name) }
    }
  }

  private static func makeUser(_ entry: passwd) -> User {
    User(
      name: entry.pw_name.map { String(cString: $0) } ?? "", id: entry.pw_uid, groupID: entry.pw_gid,
      home: entry.pw_dir.map { String(cString: $0) } ?? "/")
  }

  private static func lookUp<Entry, Value>(
    _ object: String, _ empty: Entry,
    _ call: (
      UnsafeMutablePointer<Entry>, UnsafeMutablePointer<CChar>, Int,
      UnsafeMutablePointer<UnsafeMutablePointer<Entry>?>
    ) -> Int32, _ make: (Entry) -> Value
  ) throws(SystemError) -> Value? {
    var size = 4096
    while true {
      var entry = empty
      var result: UnsafeMutablePointer<Entry>?
      var buffer = [CChar](repeating: 0, count: size)
      // `entry` points into `buffer`: made into a value while both live.
      var value: Value?
      let number = buffer.withUnsafeMutableBufferPointer { buffer -> Int32 in
        guard let base = buffer.baseAddress else { return EINVAL }
        let number = call(&entry, base, buffer.count, &result)
        if number == 0, result != nil { value = make(entry) }
        return number
      }
      switch number {
      case 0, ENOENT, ESRCH: return value
      case EINTR: continue
      case ERANGE where size < 1 << 20: size *= 4
      default: throw SystemError(errno: number, "look up", object)
      }
    }
  }
}
