import Testing
import WherryModel

@Suite struct DigestTests {
  @Test func wellFormedDigestRoundTrips() throws {
    let text = "sha256:" + String(repeating: "0a", count: 32)
    #expect(try Digest(text).description == text)
  }

  @Test(arguments: [
    "sha256:../../x", "sha256:ABC", "sha256:" + String(repeating: "a", count: 63),
    "sha256:" + String(repeating: "a", count: 65), "sha256:" + String(repeating: "A", count: 64),
    "md5:" + String(repeating: "a", count: 32), "sha512:" + String(repeating: "a", count: 64), "sha256", "",
    ":", "sha256:" + String(repeating: "a", count: 63) + "\u{301}",
  ])
  func malformedDigestIsRefused(_ text: String) {
    #expect(throws: WherryError.self) { try Digest(text) }
  }
}
