import Testing
import WherryLinux
import WherryModel

@testable import WherryStore

struct FileListTests {
  private static func entry(_ path: String, content: [UInt8] = []) -> ListedFile {
    ListedFile(
      path: Array(path.utf8), kind: path.isEmpty ? .directory : .regular, permissions: 0o4755, userID: 7,
      groupID: .max - 1, size: path.isEmpty ? 0 : 3, content: content)
  }

  private static let entries = ["", "a", "a/b", "a/b/c", "a.b", "a0", "b\u{1}", "ü"].map {
    entry($0, content: [1, 2])
  }

  private func write(_ scratch: Scratch, _ entries: [ListedFile] = entries) throws -> String {
    let path = scratch("files")
    let writer = try FileList.Writer(path)
    for entry in entries { try writer.append(entry) }
    try writer.finish()
    return path
  }

  private func read(_ path: String) throws -> [ListedFile] {
    let reader = try FileList.Reader(path, what: "layer x")
    var found: [ListedFile] = []
    while let entry = try reader.next() { found.append(entry) }
    return found
  }

  @Test func whatIsWrittenIsRead() throws {
    let scratch = try Scratch()
    #expect(try read(try write(scratch)) == Self.entries)
    let many = (100_000..<104_000).map { Self.entry("file-\($0)", content: [UInt8](repeating: 9, count: 32)) }
    #expect(try read(try write(scratch, many)) == many)
  }

  @Test func orderIsThatOfAWalk() {
    for (one, other) in zip(Self.entries, Self.entries.dropFirst()) {
      #expect(ListedFile.precedes(one.path, other.path))
      #expect(!ListedFile.precedes(other.path, one.path))
      #expect(!ListedFile.precedes(one.path, one.path))
    }
  }

  /// Cut off between two entries it is whole by itself: the commit record's digest tells.
  @Test func aListCutOffAnywhereGivesNoWrongEntry() throws {
    let scratch = try Scratch()
    let bytes = try Files.read(try write(scratch))
    for length in bytes.indices {
      try Files.write(scratch("cut"), bytes.prefix(length))
      do {
        let found = try read(scratch("cut"))
        #expect(found == Array(Self.entries.prefix(found.count)) && found.count < Self.entries.count)
      } catch {
        #expect((error as? WherryError)?.code == .dataLoss)
      }
    }
  }

  @Test func aFlippedBitNeverTraps() throws {
    let scratch = try Scratch()
    let bytes = try Files.read(try write(scratch))
    for position in 0..<(bytes.count * 8) {
      var flipped = bytes
      flipped[position / 8] ^= 1 << (position % 8)
      try Files.write(scratch("flipped"), flipped)
      do { _ = try read(scratch("flipped")) } catch {
        #expect((error as? WherryError)?.code == .dataLoss)
      }
    }
  }

  @Test(arguments: ["..", "a/../b", "/a", "a/", "a//b", ".", "a\0b"])
  func pathsThatLeadElsewhereAreDamage(_ path: String) throws {
    let scratch = try Scratch()
    let file = try write(scratch, [Self.entry(path)])
    #expect(throws: WherryError.self) { try read(file) }
  }

  @Test func entriesOutOfOrderAreDamage() throws {
    let scratch = try Scratch()
    let file = try write(scratch, [Self.entry("b"), Self.entry("a")])
    #expect(throws: WherryError.self) { try read(file) }
  }
}
