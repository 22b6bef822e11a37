import WherryModel

/// Reads a sequence of JSON texts (RFC 8259) token by token, so that documents of any length take no memory. The bounds
/// are on single strings and on depth. Used by one thread.
final class JSONTokens {
  enum Token: Equatable {
    case beginObject
    case endObject
    case beginArray
    case endArray
    case string([UInt8])
    /// Integers as they are written; no other numbers are wanted by anybody here.
    case number([UInt8])
    /// `true`, `false` and `null`.
    case word([UInt8])
  }

  private static let maximumDepth = 16

  private let source: any ByteSource
  private let maximumString: Int
  private let what: String
  private var buffer = [UInt8](repeating: 0, count: 32 << 10)
  private var filled = 0
  private var used = 0
  private var depth = 0

  /// Longer strings than `maximumString` bytes are refused. `what` names the document.
  init(_ source: any ByteSource, maximumString: Int, what: String) {
    self.source = source
    self.maximumString = maximumString
    self.what = what
  }

  /// Nil at the end, between two texts. Commas and colons count as space: what they tell apart is told by the tokens.
  func next() throws -> Token? {
    while let byte = try take() {
      switch byte {
      case 0x20, 0x09, 0x0a, 0x0d, UInt8(ascii: ","), UInt8(ascii: ":"): continue
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        guard depth <= Self.maximumDepth else { throw damaged("it is nested too deep") }
        return byte == UInt8(ascii: "{") ? .beginObject : .beginArray
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        guard depth >= 0 else { throw damaged("it has an end too much") }
        return byte == UInt8(ascii: "}") ? .endObject : .endArray
      case UInt8(ascii: "\""): return .string(try string())
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try bare(byte))
      case UInt8(ascii: "a")...UInt8(ascii: "z"): return .word(try bare(byte))
      default: throw damaged("it has an unexpected character")
      }
    }
    guard depth == 0 else { throw damaged("it ends early") }
    return nil
  }

  /// Passes over one value.
  func skip() throws {
    let outer = depth
    repeat {
      guard try next() != nil else { throw damaged("it ends early") }
    } while depth > outer
  }

  func damaged(_ how: String) -> WherryError { WherryError(.protocolViolation, "\(what): \(how)") }

  private func take() throws -> UInt8? {
    if used == filled {
      (used, filled) = (0, try buffer.withUnsafeMutableBytes { try source.read(into: $0) })
      if filled == 0 { return nil }
    }
    defer { used += 1 }
    return buffer[used]
  }

  private func string() throws -> [UInt8] {
    var text: [UInt8] = []
    while let byte = try take() {
      switch byte {
      case UInt8(ascii: "\""): return text
      case UInt8(ascii: "\\"): try escape(into: &text)
      default: text.append(byte)
      }
      guard text.count <= maximumString else { throw damaged("it has a text that is too long") }
    }
    throw damaged("it ends early")
  }

  private func escape(into text: inout [UInt8]) throws {
    switch try take() {
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "u"):
      var value = try hexadecimal()
      if (0xd800..<0xdc00).contains(value) {
        guard try take() == UInt8(ascii: "\\"), try take() == UInt8(ascii: "u") else {
          throw damaged("it has a lone surrogate")
        }
        let low = try hexadecimal()
        guard (0xdc00..<0xe000).contains(low) else { throw damaged("it has a lone surrogate") }
        value = 0x10000 + (value - 0xd800) << 10 + (low - 0xdc00)
      }
      guard let scalar = Unicode.Scalar(value) else { throw damaged("it has a lone surrogate") }
      text += String(Character(scalar)).utf8
    case let byte? where [UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/")].contains(byte):
      text.append(byte)
    default: throw damaged("it has an unknown escape")
    }
  }

  private func hexadecimal() throws -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = try take(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw damaged("it has an unknown escape")
      }
      value = value << 4 | UInt32(clamping: digit)
    }
    return value
  }

  /// A number or a word, which ends before a byte that belongs to neither.
  private func bare(_ first: UInt8) throws -> [UInt8] {
    var text = [first]
    while let byte = try take() {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "E"),
        UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"):
        text.append(byte)
      default:
        used -= 1
        return text
      }
      guard text.count <= 64 else { throw damaged("it has a number that is too long") }
    }
    return text
  }
}

extension JSONTokens.Token {
  /// A natural number.
  var natural: UInt64? {
    guard case .number(let digits) = self, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    return UInt64(String(decoding: digits, as: UTF8.self))
  }

  var text: [UInt8]? {
    if case .string(let text) = self { text } else { nil }
  }
}
