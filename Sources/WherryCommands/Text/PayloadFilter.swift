/// Makes a container's log output safe for a terminal: line feeds, tabs and colours
/// (`ESC [ … m`, ECMA-48 SGR) pass, every other control byte is shown as an escape.
///
/// It works on bytes and keeps its place in a sequence across chunks.
struct PayloadFilter {
  private enum State {
    case text
    case escape
    case parameters
  }

  /// A colour sequence longer than this is none.
  private static let longestSequence = 64
  private var state = State.text
  private var held: [UInt8] = []

  mutating func filter(_ bytes: [UInt8]) -> [UInt8] {
    var clean: [UInt8] = []
    clean.reserveCapacity(bytes.count)
    for byte in bytes { take(byte, into: &clean) }
    return clean
  }

  /// What was held back at the end of the output.
  mutating func finish() -> [UInt8] {
    var clean: [UInt8] = []
    flush(into: &clean)
    return clean
  }

  private mutating func take(_ byte: UInt8, into clean: inout [UInt8]) {
    switch state {
    case .text:
      if byte == 0x1B {
        held = [byte]
        state = .escape
      } else {
        Self.show(byte, into: &clean)
      }
    case .escape:
      if byte == UInt8(ascii: "[") {
        held.append(byte)
        state = .parameters
      } else {
        flush(into: &clean)
        take(byte, into: &clean)
      }
    case .parameters:
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ";"), UInt8(ascii: ":"):
        held.append(byte)
        if held.count > Self.longestSequence { flush(into: &clean) }
      case UInt8(ascii: "m"):
        clean += held + [byte]
        held = []
        state = .text
      default:
        flush(into: &clean)
        take(byte, into: &clean)
      }
    }
  }

  private mutating func flush(into clean: inout [UInt8]) {
    for byte in held { Self.show(byte, into: &clean) }
    held = []
    state = .text
  }

  private static func show(_ byte: UInt8, into clean: inout [UInt8]) {
    switch byte {
    case UInt8(ascii: "\n"), UInt8(ascii: "\t"): clean.append(byte)
    case 0..<0x20, 0x7F: clean += Array("\\x\(GoQuote.hex(UInt32(byte), 2))".utf8)
    default: clean.append(byte)
    }
  }
}
