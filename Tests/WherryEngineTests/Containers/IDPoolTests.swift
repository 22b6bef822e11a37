import Testing
import WherryEngine
import WherryModel
import WherryWire

struct IDPoolTests {
  private static func range(_ first: UInt64, _ count: UInt64) -> IdRange {
    IdRange(first: first, count: count)
  }

  static let files: [(users: String, groups: String, ranges: [Range<UInt64>]?)] = [
    ("", "", [IDPool.standard]),
    ("somebody:100000:65536\n", "somebody:100000:65536\n", [IDPool.standard]),
    ("containers:1000:10\n", "containers:1000:10\n", [1000..<1010]),
    // Ours comes before Podman's, wherever it stands.
    ("containers:1:5\nwherry:1000:10\n", "wherry:1000:10\ncontainers:1:5\n", [1000..<1010]),
    // What both have.
    ("wherry:100:50\nwherry:300:50", "wherry:120:200", [120..<150, 300..<320]),
    ("wherry:100:50", "wherry:200:50", nil),
    ("wherry:100:50", "", nil),
    // Lines that are none.
    ("wherry:x:50\nwherry:1\nwherry:5:0\n:::\nwherry:7:7:7", "", [IDPool.standard]),
    ("wherry:0:18446744073709551615", "wherry:4294967290:100", [4_294_967_290..<4_294_967_295]),
  ]

  @Test(arguments: files) func theFilesSayWhatThereIs(
    users: String, groups: String, ranges: [Range<UInt64>]?
  ) throws {
    if let ranges {
      #expect(try IDPool(users: users, groups: groups).ranges == ranges)
    } else {
      #expect(throws: WherryError.self) { _ = try IDPool(users: users, groups: groups) }
    }
  }

  @Test func theLowestFreeRunIsTaken() throws {
    let pool = try IDPool(users: "wherry:100:30\nwherry:1000:50", groups: "wherry:0:2000")
    #expect(try pool.free(10, taken: []) == Self.range(100, 10))
    #expect(try pool.free(10, taken: [Self.range(110, 10)]) == Self.range(100, 10))
    #expect(try pool.free(10, taken: [Self.range(110, 10), Self.range(100, 10)]) == Self.range(120, 10))
    #expect(try pool.free(11, taken: [Self.range(110, 10)]) == Self.range(1000, 11))
    #expect(try pool.free(20, taken: [Self.range(0, 105), Self.range(1005, 1)]) == Self.range(105, 20))
    #expect(try pool.free(30, taken: [Self.range(129, 1), Self.range(1000, 20)]) == Self.range(1020, 30))
    for taken in [[Self.range(100, 1), Self.range(1000, 50)], [Self.range(0, .max)]] {
      #expect(throws: WherryError.self) { _ = try pool.free(30, taken: taken) }
    }
  }

  @Test func manyContainersHaveDifferentUsers() throws {
    let pool = try IDPool(users: "", groups: "")
    var taken: [IdRange] = []
    for number in 0..<300 {
      taken.append(try pool.free(number.isMultiple(of: 3) ? 1024 : 65536, taken: taken))
      if number.isMultiple(of: 7) { taken.remove(at: taken.count / 2) }
    }
    let sorted = taken.sorted { $0.first < $1.first }
    for (low, high) in zip(sorted, sorted.dropFirst()) { #expect(low.first + low.count <= high.first) }
  }

  @Test(arguments: [
    "nonsense", "auto:", "auto:size=", "auto:size=-1", "auto:size=1023", "auto:size=9999999999", "keep-id",
  ])
  func anUnknownModeIsRefused(text: String) {
    #expect(throws: WherryError.self) { _ = try UserNamespaceMode(text) }
  }

  @Test func modesAreRead() throws {
    #expect(try UserNamespaceMode(nil) == .host)
    #expect(try UserNamespaceMode("host") == .host)
    #expect(try UserNamespaceMode("private") == .own(count: 65536))
    #expect(try UserNamespaceMode("auto") == .own(count: 65536))
    #expect(try UserNamespaceMode("auto:size=2000") == .own(count: 2000))
  }
}
