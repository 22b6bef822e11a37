import Testing
import WherryModel

struct VolumeNameTests {
  @Test(arguments: ["ab", "A0", "my_volume-1.2", "0123456789abcdef", String(repeating: "n", count: 200)])
  func namesAreTakenAsTheyAre(_ text: String) throws {
    #expect(try VolumeName(text).rawValue == text)
  }

  @Test(arguments: [
    "", "a", ".", "..", "../x", "a/b", "/a", ".a", "-a", "_a", "a b", "a\n", "a\0b", "ä1", "a:b", "a\u{200d}",
    String(repeating: "n", count: 201),
  ])
  func othersAreRefused(_ text: String) {
    #expect(throws: WherryError.self) { try VolumeName(text) }
  }

  /// Whatever is taken names one folder and nothing else.
  @Test func nothingThatIsTakenLeadsAnywhere() {
    var generator = SystemRandomNumberGenerator()
    let alphabet = Array("ab0.-_/\\ :\n\0é~$".unicodeScalars)
    for _ in 0..<20000 {
      var text = ""
      for _ in 0..<Int.random(in: 0...6, using: &generator) {
        text.unicodeScalars.append(alphabet[Int.random(in: 0..<alphabet.count, using: &generator)])
      }
      do {
        let name = try VolumeName(text).rawValue
        #expect(!name.contains("/") && !name.contains("\0") && !name.hasPrefix(".") && !name.hasPrefix("-"))
      } catch { continue }
    }
  }

  @Test func randomNamesAreNames() throws {
    let name = VolumeName.random()
    #expect(try VolumeName(name.rawValue) == name && name != .random())
  }
}
