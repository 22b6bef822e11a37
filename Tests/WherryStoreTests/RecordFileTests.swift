import Glibc
import Testing
import WherryCBOR
import WherryLinux
import WherryModel

@testable import WherryStore

@Suite struct RecordFileTests {
  private let payload = Array("payload of a record".utf8)

  private func decodes(_ bytes: [UInt8]) -> WherryError? {
    do throws(WherryError) {
      _ = try RecordFile.decode(bytes, path: "x")
      return nil
    } catch {
      return error
    }
  }

  @Test func whatIsWrittenIsRead() throws {
    let scratch = try Scratch()
    #expect(try RecordFile.read(scratch("r")) == nil)
    try RecordFile.write(payload, to: scratch("r"))
    #expect(try RecordFile.read(scratch("r")) == payload)
    #expect(try Files.status(scratch("r")).permissions == 0o600)
    try RecordFile.write([], to: scratch("r"))
    #expect(try RecordFile.read(scratch("r")) == [])
  }

  /// The layout, byte for byte: a later version must find it.
  @Test func theLayoutIsAMapOfVersionChecksumAndPayload() throws {
    let bytes = RecordFile.encode([0xaa])
    // SHA-256 of 01 aa, from sha256sum(1).
    let checksum = "sha256:b4bc136e1fb4ea0b3340d06b158277c4a8537a13202f518e5b8c423273b9d7a0"
    #expect(bytes.prefix(5) == [0xa3, 0x01, 0x01, 0x02, 0x78])
    #expect(bytes.dropFirst(6).prefix(71) == Array(checksum.utf8)[...])
    #expect(bytes.suffix(3) == [0x03, 0x41, 0xaa])
    #expect(bytes.count == 1 + 2 + 1 + 2 + 71 + 3)
  }

  @Test func cutOffAnywhereIsDamage() {
    let whole = RecordFile.encode(payload)
    for count in 0..<whole.count { #expect(decodes(Array(whole.prefix(count)))?.code == .dataLoss) }
    #expect(decodes(whole + [0])?.code == .dataLoss)
  }

  @Test func aFlippedBitAnywhereIsDamage() {
    let whole = RecordFile.encode(payload)
    for index in whole.indices {
      for bit in 0..<8 {
        var flipped = whole
        flipped[index] ^= 1 << UInt8(bit)
        #expect(decodes(flipped)?.code == .dataLoss, "byte \(index) bit \(bit)")
      }
    }
  }

  @Test(arguments: [UInt8(0), 0xff, 0x9f, 0x5b, 0xa3, 0xbf])
  func bytesOfOneKindAreDamageAtAnyLength(byte: UInt8) {
    for count in [0, 1, 2, 3, 9, 64, 1000, 70_000] {
      #expect(decodes([UInt8](repeating: byte, count: count))?.code == .dataLoss)
    }
  }

  @Test func declaredLengthsAreNotBelieved() {
    // A payload that says it is 2^64 - 1 bytes long.
    let head = RecordFile.encode([]).dropLast(1)
    #expect(decodes(Array(head) + [0x5b] + [UInt8](repeating: 0xff, count: 8))?.code == .dataLoss)
  }

  @Test func aNewerVersionIsRefusedWithARemedyAndAFalseOneIsDamage() {
    func record(_ version: UInt64, checksumOf signed: UInt64) -> [UInt8] {
      var head = CBORWriter()
      head.writeUInt(signed)
      var writer = CBORWriter()
      writer.writeMapHeader(3)
      writer.writeUInt(1)
      writer.writeUInt(version)
      writer.writeUInt(2)
      writer.writeText(Digest.sha256(of: head.bytes + payload).description)
      writer.writeUInt(3)
      writer.writeBytes(payload)
      return writer.bytes
    }
    #expect(decodes(record(1, checksumOf: 1)) == nil)
    let newer = decodes(record(2, checksumOf: 2))
    #expect(newer?.code == .unsupported)
    #expect(newer?.hint != nil)
    #expect(decodes(record(.max, checksumOf: .max))?.code == .unsupported)
    #expect(decodes(record(2, checksumOf: 1))?.code == .dataLoss)
    #expect(decodes(record(0, checksumOf: 0))?.code == .dataLoss)
  }

  @Test func sizesAreBounded() throws {
    let scratch = try Scratch()
    let most = [UInt8](repeating: 1, count: RecordFile.maximumSize - 128)
    try RecordFile.write(most, to: scratch("r"))
    #expect(try RecordFile.read(scratch("r"))?.count == most.count)
    let error = #expect(throws: WherryError.self) { try RecordFile.write(most + [1], to: scratch("r")) }
    #expect(error?.code == .resourceExhausted)
    #expect(try RecordFile.read(scratch("r"))?.count == most.count)
    let file = try FileDescriptor.open(scratch("r"), [.writeOnly])
    try file.truncate(to: Int64(RecordFile.maximumSize) + 1)
    let large = #expect(throws: WherryError.self) { try RecordFile.read(scratch("r")) }
    #expect(large?.code == .dataLoss)
  }

  @Test func somethingElseInARecordsPlaceIsDamageAndMakesNobodyWait() throws {
    let scratch = try Scratch()
    let folder = try FileDescriptor.open(scratch.path, [.directory])
    try folder.makeNode("fifo", .fifo, mode: 0o600)
    try folder.makeSymbolicLink("link", to: "/dev/zero")
    try folder.makeDirectory("folder")
    for name in ["fifo", "link", "folder"] {
      let error = #expect(throws: WherryError.self) { try RecordFile.read(scratch(name)) }
      #expect(error?.code == .dataLoss, "\(name)")
    }
  }

  @Test func randomBytesNeverTrap() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let count = Int.random(in: 0..<120, using: &generator)
      var bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
      if count > 3, Bool.random(using: &generator) { bytes.replaceSubrange(0..<3, with: [0xa3, 0x01, 0x01]) }
      #expect(decodes(bytes) != nil)
    }
  }
}
