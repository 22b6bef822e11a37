import Testing
import WherryEngine
import WherryModel

@Suite struct ContainerIndexTests {
  let one: ContainerID
  let two: ContainerID
  var index = ContainerIndex()

  init() throws {
    one = try ContainerID("abc1" + String(repeating: "0", count: 60))
    two = try ContainerID("abc2" + String(repeating: "0", count: 60))
    try index.reserve(try ContainerName("web"), for: one)
    try index.reserve(try ContainerName("abc1"), for: two)
  }

  @Test func findsByIDNameAndUniquePrefix() throws {
    #expect(try index.find(one.rawValue) == one)
    #expect(try index.find("web") == one)
    #expect(try index.find("/web") == one)
    #expect(try index.find("abc10") == one)
  }

  @Test func aNameWinsOverAPrefix() throws {
    #expect(try index.find("abc1") == two)
  }

  @Test func anAmbiguousPrefixIsRefused() {
    #expect(code(of: { try index.find("abc") }) == .invalidArgument)
  }

  @Test(arguments: ["", "nope", "ffff", "WEB", "abc1x"])
  func unknownReferencesAreNotFound(_ text: String) {
    #expect(code(of: { try index.find(text) }) == (text.isEmpty ? .invalidArgument : .notFound))
  }

  @Test mutating func namesAreUniqueUntilReleased() throws {
    let name = try ContainerName("web")
    var copy = index
    #expect(code(of: { try copy.reserve(name, for: two) }) == .conflict)
    index.release(one)
    try index.reserve(name, for: two)
    #expect(try index.find("web") == two)
  }

  @Test func generatedNamesAreValidAndVaried() throws {
    var generator = SystemRandomNumberGenerator()
    var seen: Set<String> = []
    for attempt in 0..<200 {
      let name = GeneratedNames.candidate(attempt: attempt % 5, using: &generator)
      _ = try ContainerName(name)
      #expect(name.contains("_"))
      seen.insert(name)
    }
    #expect(seen.count > 150)
  }
}
