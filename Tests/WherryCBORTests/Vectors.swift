import Foundation
import Testing

/// One example of RFC 8949 appendix A.
struct Vector: Sendable, CustomTestStringConvertible {
  var encoded: [UInt8]
  var diagnostic: String
  var isDeterministic: Bool

  var testDescription: String { diagnostic }

  static let all: [Vector] = {
    do {
      let url = try #require(Bundle.module.url(forResource: "Vectors/appendix-a", withExtension: "tsv"))
      return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
        .map {
          let columns = $0.split(separator: "\t")
          try #require(columns.count == 3)
          return Vector(
            encoded: bytes(columns[0]), diagnostic: String(columns[1]), isDeterministic: columns[2] == "d")
        }
    } catch {
      Issue.record(error)
      return []
    }
  }()
}

/// The bytes of hexadecimal text, blanks left out.
func bytes(_ hex: some StringProtocol) -> [UInt8] {
  let digits = hex.filter { !$0.isWhitespace }.compactMap(\.hexDigitValue)
  return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}
