import Testing

/// Replays what libFuzzer has found worth keeping.
struct CorpusTests {
  @Test(arguments: ["frames", "messages", "connection", "door"])
  func everyInputOfTheCorpusHolds(_ target: String) throws {
    let folder = TestFiles.path("../../Fuzz/Corpus/\(target)", beside: #filePath)
    let names = TestFiles.names(in: folder)
    #expect(!names.isEmpty)
    for name in names {
      let input = try #require(TestFiles.bytes("\(folder)/\(name)"))
      let fault =
        switch target {
        case "frames": Fuzz.frames(input)
        case "messages": Fuzz.messages(input)
        case "connection": Fuzz.connection(input)
        default: Fuzz.door(input)
        }
      #expect(fault == nil, "\(name)")
    }
  }
}
