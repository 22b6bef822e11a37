import Testing

@testable import WherryCommands

struct DetachKeysTests {
  @Test(
    arguments: [
      ("ctrl-p,ctrl-q", [0x10, 0x11]), ("a", [0x61]), ("ctrl-@", [0]), ("ctrl-[", [27]), ("ctrl-_", [31]),
      ("ctrl-a,x,ctrl-\\", [1, 0x78, 28]), ("", []),
    ] as [(String, [UInt8])])
  func keysAreRead(_ text: String, _ sequence: [UInt8]) throws {
    #expect(try DetachKeys.parse(text).sequence == sequence)
  }

  @Test(arguments: ["ctrl-", "ctrl-A", "ctrl-1", "ab", ",", "a,", "é", "shift-a", "ctrl-p;ctrl-q"])
  func otherWordsAreRefused(_ text: String) {
    #expect(throws: OptionError.self) { try DetachKeys.parse(text) }
  }

  @Test func theSequenceIsFoundHoweverItArrives() {
    var keys = DetachKeys.standard
    #expect(keys.typed([0x61, 0x10, 0x11, 0x62]) == .detach(after: [0x61]))
    #expect(keys.typed([0x10]) == .pass([]))
    #expect(keys.typed([0x11]) == .detach(after: []))
  }

  @Test func aSequenceThatIsNotFinishedIsTyped() {
    var keys = DetachKeys.standard
    #expect(keys.typed([0x10]) == .pass([]))
    #expect(keys.typed([0x61]) == .pass([0x10, 0x61]))
    #expect(keys.typed([0x10, 0x10, 0x11]) == .detach(after: [0x10]))
  }

  @Test func withoutKeysEverythingIsTyped() throws {
    var keys = try DetachKeys.parse("")
    #expect(keys.typed([0x10, 0x11]) == .pass([0x10, 0x11]))
  }
}
