import Testing
import WherryEngine
import WherryModel

@Suite struct UserTests {
  static let files = AccountFiles(
    passwd: Array(
      """
      root:x:0:0:root:/root:/bin/sh
      # comment:x:1:1::/:/
      app:x:1000:1000:App:/home/app:/bin/sh
      bad:x:zero:0::/:/
      short:x:5
      4294967296:x:0:0::/:/bin/sh
      0x0:x:0:0::/:/bin/sh
      odd:x:7:8::relative:/bin/sh
      svc$:x:9:9::/svc:/bin/sh

      """.utf8),
    group: Array(
      """
      root:x:0:
      app:x:1000:
      video:x:44:app,odd
      audio:x:29:app
      dup:x:44:app
      broken:x:y:app

      """.utf8))

  static func resolve(_ text: String) throws -> ResolvedUser {
    try ResolvedUser(try UserName(text), in: files)
  }

  @Test func namesAndNumbersResolveAsDockers() throws {
    #expect(try Self.resolve("") == ResolvedUser(uid: 0, gid: 0, additionalGroups: [0], home: "/root"))
    #expect(
      try Self.resolve("app")
        == ResolvedUser(uid: 1000, gid: 1000, additionalGroups: [1000, 44, 29], home: "/home/app"))
    #expect(try Self.resolve("1000") == Self.resolve("app"))
    #expect(try Self.resolve("4242") == ResolvedUser(uid: 4242, gid: 0, additionalGroups: [0], home: "/"))
    #expect(
      try Self.resolve("1000:0") == ResolvedUser(uid: 1000, gid: 0, additionalGroups: [0], home: "/home/app"))
    #expect(
      try Self.resolve("app:video")
        == ResolvedUser(uid: 1000, gid: 44, additionalGroups: [44], home: "/home/app"))
    #expect(try Self.resolve("12:13") == ResolvedUser(uid: 12, gid: 13, additionalGroups: [13], home: "/"))
    #expect(try Self.resolve("odd").home == "/")
    #expect(try Self.resolve("svc$").uid == 9)
    #expect(try Self.resolve("2147483647").uid == 2_147_483_647)
  }

  @Test(arguments: [
    "4294967296", "2147483648", "-1", "0x0", "1e3", " 0", "0 ", "٣", ":0", "1:", ":", "root\n", "00", "007",
    "+1",
    "a b", "root:0x0", "root:1:2", "nobody", "app:nogroup", "9app", String(repeating: "a", count: 257), "a/b",
    "bad",
    "short",
  ])
  func oddUsersAreRefused(_ text: String) {
    // A14, C5: none of these may become root, or anybody.
    #expect(code(of: { try Self.resolve(text) }) == .invalidArgument)
  }
}
