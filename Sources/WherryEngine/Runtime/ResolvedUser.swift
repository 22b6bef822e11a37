package import WherryLinux
package import WherryModel

/// Numeric identity of a process, looked up in the image's own files.
package struct ResolvedUser: Sendable, Equatable {
  package var uid: UInt32
  package var gid: UInt32
  /// The primary group first, as it must be for file access decisions (CVE-2022-36109).
  package var additionalGroups: [UInt32]
  package var home: String

  package init(uid: UInt32 = 0, gid: UInt32 = 0, additionalGroups: [UInt32] = [0], home: String = "/") {
    self.uid = uid
    self.gid = gid
    self.additionalGroups = additionalGroups
    self.home = home
  }

  /// As Docker resolves: an account found by number lends its group and home; a number without
  /// one has group 0. Named groups of the account are added unless a group was asked for.
  /// Throws `invalidArgument` for a name that the image does not know.
  package init(_ name: UserName, in files: AccountFiles) throws(WherryError) {
    let account: AccountFiles.Account?
    switch name.user {
    case .id(let number):
      account = files.accounts.first { $0.uid == number }
      uid = number
    case .name(let text):
      guard let found = files.accounts.first(where: { $0.name == text }) else {
        throw WherryError(
          .invalidArgument, "unable to find user \(text): no matching entry in the image's /etc/passwd",
          hint: "use a numeric ID, or a user that the image has")
      }
      account = found
      uid = found.uid
    }
    // An account may not lend a home that is no absolute path.
    home = account.map(\.home).flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/"
    switch name.group {
    case .id(let number):
      gid = number
      additionalGroups = [number]
    case .name(let text):
      guard let group = files.groups.first(where: { $0.name == text }) else {
        throw WherryError(
          .invalidArgument, "unable to find group \(text): no matching entry in the image's /etc/group",
          hint: "use a numeric ID, or a group that the image has")
      }
      gid = group.gid
      additionalGroups = [group.gid]
    case nil:
      let primary = account?.gid ?? 0
      gid = primary
      var groups = [primary]
      if let account {
        for group in files.groups where group.members.contains(account.name) && !groups.contains(group.gid) {
          groups.append(group.gid)
        }
      }
      additionalGroups = groups
    }
  }

  /// `--group-add`: by the names of the image's own file, or by number.
  package mutating func add(groups: [String], from files: AccountFiles) throws(WherryError) {
    for text in groups {
      guard let id = UInt32(text) ?? files.groups.first(where: { $0.name == text })?.gid else {
        throw WherryError(
          .invalidArgument,
          "unable to find group \(Printable.text(text)): no matching entry in the image's /etc/group",
          hint: "use a numeric ID, or a group that the image has")
      }
      if !additionalGroups.contains(id) { additionalGroups.append(id) }
    }
  }
}

extension ResolvedUser {
  /// Throws `invalidArgument` for a user or group that a container's user namespace has not.
  package func require(in map: IDMap?) throws(WherryError) {
    guard let map, let lost = ([uid, gid] + additionalGroups).first(where: { $0 >= map.count }) else {
      return
    }
    throw WherryError(
      .invalidArgument,
      "user or group \(lost) is not in the container's user namespace, which has \(map.count)",
      hint: "create it with --userns auto:size=N of more than \(lost)")
  }
}
