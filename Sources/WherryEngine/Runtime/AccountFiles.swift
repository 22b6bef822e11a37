/// The lines of an image's `/etc/passwd` and `/etc/group` (passwd(5), group(5)). Lines that are
/// not well-formed are passed over, as the C library does.
package struct AccountFiles: Sendable, Equatable {
  package struct Account: Sendable, Equatable {
    package var name: String
    package var uid: UInt32
    package var gid: UInt32
    package var home: String
  }

  package struct Group: Sendable, Equatable {
    package var name: String
    package var gid: UInt32
    package var members: [String]
  }

  package var accounts: [Account] = []
  package var groups: [Group] = []

  package init(passwd: [UInt8], group: [UInt8]) {
    accounts = Self.lines(passwd).compactMap { fields in
      guard fields.count >= 7, !fields[0].isEmpty, let uid = Self.id(fields[2]), let gid = Self.id(fields[3])
      else { return nil }
      return Account(name: fields[0], uid: uid, gid: gid, home: fields[5])
    }
    groups = Self.lines(group).compactMap { fields in
      guard fields.count >= 4, !fields[0].isEmpty, let gid = Self.id(fields[2]) else { return nil }
      return Group(name: fields[0], gid: gid, members: fields[3].split(separator: ",").map(String.init))
    }
  }

  private static func lines(_ bytes: [UInt8]) -> [[String]] {
    bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
      guard !line.contains(0), line.first != UInt8(ascii: "#") else { return nil }
      return line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
    }
  }

  private static func id(_ text: String) -> UInt32? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let number = UInt32(text), number <= UserName.maximumID
    else { return nil }
    return number
  }
}
