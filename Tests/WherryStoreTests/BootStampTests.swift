import Testing
import WherryLinux
import WherryModel

@testable import WherryStore

struct BootStampTests {
  @Test(
    arguments: [
      // Nothing is known: a new device, or an older Wherry.
      (nil, false, false),
      // The same boot: as it was.
      (BootStamp(boot: "now", isClean: false, isSuspect: true), false, true),
      (BootStamp(boot: "now", isClean: true, isSuspect: false), false, false),
      // Another boot.
      (BootStamp(boot: "then", isClean: false, isSuspect: false), false, true),
      (BootStamp(boot: "then", isClean: false, isSuspect: false), true, false),
      (BootStamp(boot: "then", isClean: true, isSuspect: true), false, false),
    ] as [(BootStamp?, Bool, Bool)])
  func aBootIsSuspectAfterOneThatDidNotEndInOrder(_ old: BootStamp?, _ wasOrderly: Bool, _ isSuspect: Bool) {
    #expect(
      BootStamp(after: old, boot: "now", wasOrderly: wasOrderly)
        == BootStamp(boot: "now", isClean: false, isSuspect: isSuspect))
  }

  @Test func theEndOfABootIsNotedOfTheBootThatUsedTheState() throws {
    let scratch = try Scratch()
    let state = StateDirectory(scratch("state"))
    try Files.makeDirectories(state.path)
    // No daemon has used it.
    try BootStamp.endOfBoot(state) { _ in }
    #expect(try !Files.exists(state.path + "/boot"))
    #expect(try !BootStamp.begin(state, report: { _ in }) { false }.isClean)
    try BootStamp.endOfBoot(state) { _ in }
    let ended = try Files.read(state.path + "/boot")
    // A daemon that begins after that in the same boot takes it back.
    #expect(try !BootStamp.begin(state, report: { _ in }) { false }.isClean)
    #expect(try Files.read(state.path + "/boot") != ended)
    try BootStamp.endOfBoot(state) { _ in }
    #expect(try Files.read(state.path + "/boot") == ended)
  }

  @Test func aStampIsKeptAndItsDamageIsSuspect() throws {
    let scratch = try Scratch()
    let state = try scratch.open().state
    let first = try BootStamp.begin(state, report: { _ in }) { false }
    #expect(first == BootStamp(boot: try BootID.current(), isClean: false, isSuspect: false))
    try first.end(state)
    #expect(try BootStamp.begin(state, report: { _ in }) { false } == first)
    try Files.write(state.path + "/boot", [0xa3, 1])
    #expect(try BootStamp.begin(state, report: { _ in }) { false }.isSuspect)
    // It stays so for this boot, whatever is said of its end.
    #expect(try BootStamp.begin(state, report: { _ in }) { true }.isSuspect)
  }

  @Test func aDiskThatTakesNoStampHoldsNobodyUp() throws {
    let scratch = try Scratch()
    let state = try scratch.open().state
    // Nothing can be written there, and nothing read.
    try Files.makeDirectories(state.path + "/boot/in-its-place")
    var told: [String] = []
    let stamp = try BootStamp.begin(state, report: { told.append($0) }) { () throws(WherryError) in
      throw WherryError(.resourceExhausted, "too large")
    }
    #expect(stamp == BootStamp(boot: try BootID.current(), isClean: false, isSuspect: true))
    #expect(told.count >= 2, "\(told)")
  }

  @Test func aLogOfAnySizeIsReadFromItsEnd() throws {
    let scratch = try Scratch()
    let log = scratch("wtmp")
    let file = try FileDescriptor.open(log, [.writeOnly, .create], mode: 0o600)
    try file.truncate(to: Int64(384) * 200_000)
    let end = Self.boot + Self.level + Self.shutdown + Self.boot + Self.level
    try file.write(end, at: Int64(384) * 200_000)
    #expect(try ShutdownLog.current(log))
    try file.write([1, 2, 3], at: Int64(384) * 200_000 + Int64(end.count))
    #expect(try ShutdownLog.current(log))
    try file.write(Self.boot, at: Int64(384) * 200_000 + Int64(end.count))
    #expect(try !ShutdownLog.current(log))
    #expect(try !ShutdownLog.current(scratch("none")))
  }

  private static func entry(_ type: UInt8, _ user: String) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 384)
    bytes[0] = type
    for (index, byte) in user.utf8.enumerated() { bytes[44 + index] = byte }
    return bytes
  }

  private static let boot = entry(2, "reboot")
  private static let shutdown = entry(1, "shutdown")
  private static let level = entry(1, "runlevel")

  @Test func systemdsNotesTellOfTheBootBefore() {
    let (boot, shutdown, level) = (Self.boot, Self.shutdown, Self.level)
    #expect(ShutdownLog.wasOrderly(boot + level + shutdown + boot))
    #expect(ShutdownLog.wasOrderly(boot + level + shutdown + boot + level + Self.entry(7, "ann")))
    #expect(!ShutdownLog.wasOrderly(boot + level + boot + level))
    // An older end does not count, nor does one of this boot.
    #expect(!ShutdownLog.wasOrderly(boot + shutdown + boot + boot))
    #expect(!ShutdownLog.wasOrderly(boot + boot + shutdown))
    #expect(!ShutdownLog.wasOrderly(boot))
    #expect(!ShutdownLog.wasOrderly([]))
    #expect(!ShutdownLog.wasOrderly([UInt8](repeating: 0xff, count: 1000)))
  }

  @Test func aNameIsSalvagedWhereItsDigestProvesIt() throws {
    let scratch = try Scratch()
    let scan = StoreScan(try scratch.open())
    let reference = "registry.example:5000/a/b:tag"
    let file = ImageStore.fileName(reference)
    let bytes = RecordFile.encode(
      ImageName(reference: reference, image: .of("image"), digest: .of("manifest")).encode())
    #expect(scan.salvagedReference(bytes, file: file, candidates: []) == reference)
    #expect(scan.salvagedReference(Array(bytes.dropLast(90)), file: file, candidates: []) == reference)
    #expect(scan.salvagedReference([], file: file, candidates: ["x", reference]) == reference)
    #expect(scan.salvagedReference([], file: file, candidates: ["x"]) == nil)
    for length in bytes.indices {
      let found = scan.salvagedReference(Array(bytes.prefix(length)), file: file, candidates: [])
      #expect(found == nil || found == reference)
    }
  }
}
