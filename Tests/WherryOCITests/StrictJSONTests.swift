import Testing
import WherryModel
import WherryOCI

@Suite struct StrictJSONTests {
  @Test(arguments: [
    "{}", "[]", "null", " {\"a\": [1, -2.5e+3, 0, true, false, null, \"\\u00e9\\ud83d\\ude00\\n\"]} ",
    "\"x\"",
    "{\"Labels\": {\"Size\": 1, \"size\": 2, \"Config\": \"x\"}}", "{\"Size\": 4}",
  ])
  func strictTextPasses(_ text: String) throws {
    try StrictJSON.validate(Array(text.utf8), what: "test")
  }

  @Test(arguments: [
    "", "{", "}", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "{\"a\":1,}", "[1,]", "[1 2]", "{a:1}",
    "01",
    "1.", ".5", "+1", "1e", "nul", "truee", "{} {}", "\"\\ud800\"", "\"\\udc00\"", "\"\\x\"", "\"a\nb\"",
    "\"unclosed", "{\"a\" 1}", "{\"a\":}", "NaN", "{\"Layers\": []}", "{\"MANIFESTS\": []}",
    "{\"Config\": {}}",
    "{\"config\": {\"Digest\": \"x\"}}", "{\"layers\": [{\"Size\": 1}]}", "{\"schemaversion\": 2}", "/**/{}",
  ])
  func anythingElseIsRefused(_ text: String) {
    #expect(throws: WherryError.self) { try StrictJSON.validate(Array(text.utf8), what: "test") }
  }

  @Test func invalidUTF8IsRefused() {
    #expect(throws: WherryError.self) { try StrictJSON.validate([0x22, 0xff, 0x22], what: "test") }
    #expect(throws: WherryError.self) { try StrictJSON.validate([0x22, 0xc0, 0x80, 0x22], what: "test") }
  }

  @Test func nestingIsBounded() throws {
    func nested(_ depth: Int) -> [UInt8] {
      Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
    }
    try StrictJSON.validate(nested(StrictJSON.maximumDepth), what: "test")
    #expect(throws: WherryError.self) {
      try StrictJSON.validate(nested(StrictJSON.maximumDepth + 1), what: "test")
    }
    #expect(throws: WherryError.self) {
      try StrictJSON.validate([UInt8](repeating: UInt8(ascii: "["), count: 1 << 20), what: "test")
    }
  }

  @Test func sizeIsBounded() throws {
    let space = [UInt8](repeating: 0x20, count: StrictJSON.maximumSize - 2)
    try StrictJSON.validate(Array("{}".utf8) + space, what: "test")
    #expect { try StrictJSON.validate(Array("{} ".utf8) + space, what: "test") } throws: {
      ($0 as? WherryError)?.code == .resourceExhausted
    }
  }

  @Test func dockersArchiveHasKeysOfItsOwn() throws {
    let text = #"[{"Config": "a", "RepoTags": null, "Layers": [], "LayerSources": {"x": {"size": 1}}}]"#
    try StrictJSON.validate(Array(text.utf8), what: "test", guarding: .dockerArchive)
    for other in [#"[{"config": "a"}]"#, #"[{"Config": "a", "layers": []}]"#, #"[{"repotags": []}]"#] {
      #expect(throws: WherryError.self) {
        try StrictJSON.validate(Array(other.utf8), what: "test", guarding: .dockerArchive)
      }
    }
  }

  @Test func everyTruncationIsRefused() {
    let text = Array("{\"a\":[1,{\"b\":\"c\\u0041\"}],\"d\":-1.5e3,\"e\":null}".utf8)
    for length in 0..<text.count {
      #expect(throws: WherryError.self) { try StrictJSON.validate(Array(text[..<length]), what: "test") }
    }
  }
}
