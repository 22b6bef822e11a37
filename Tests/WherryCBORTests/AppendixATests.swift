import Testing

@testable import WherryCBOR

/// The examples of RFC 8949 appendix A.
struct AppendixATests {
  @Test func theTableIsComplete() {
    #expect(Vector.all.count == 81)
    #expect(Vector.all.count { !$0.isDeterministic } == 17)
  }

  @Test(arguments: Vector.all)
  func aLenientReaderReadsIt(vector: Vector) throws {
    #expect(try Diagnostic.of(vector.encoded) == vector.diagnostic)
    var reader = CBORReader(vector.encoded, strict: false)
    #expect(try reader.readRaw() == vector.encoded[...])
    #expect(reader.isAtEnd)
  }

  @Test(arguments: Vector.all)
  func aStrictReaderReadsItWhereItIsDeterministic(vector: Vector) throws {
    var reader = CBORReader(vector.encoded)
    if vector.isDeterministic {
      try reader.skip()
      #expect(reader.isAtEnd)
    } else {
      let error = #expect(throws: CBORError.self) { try reader.skip() }
      #expect(error?.kind == .notDeterministic)
    }
  }

  @Test(arguments: Vector.all.filter(\.isDeterministic))
  func theWriterWritesIt(vector: Vector) throws {
    var reader = CBORReader(vector.encoded)
    var writer = CBORWriter()
    while !reader.isAtEnd {
      let head = try reader.readHead()
      writer.writeHead(head)
      switch head {
      case .bytes(let length), .text(let length): writer.writeRaw(try reader.take(length))
      default: break
      }
    }
    #expect(writer.bytes == vector.encoded)
  }

  @Test(arguments: Vector.all, [true, false])
  func everyTruncationOfItIsRefused(vector: Vector, strict: Bool) {
    for length in 0..<vector.encoded.count {
      var reader = CBORReader(vector.encoded.prefix(length), strict: strict)
      let error = #expect(throws: CBORError.self, "\(length) bytes") { try reader.skip() }
      #expect(error?.kind == .truncated || strict && error?.kind == .notDeterministic)
    }
  }
}
