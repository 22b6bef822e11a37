struct JSONScanError: Error, Equatable {
  var reason: String
  var offset: Int
}

/// Checks one JSON text (RFC 8259) without building anything but the set of the keys of open objects.
struct JSONScanner {
  private let bytes: [UInt8]
  /// How guarded keys are spelled, by their lower case.
  private let guarded: [String: String]
  /// Objects whose keys are free text.
  private let free: Set<String>
  private var position = 0

  init(_ bytes: [UInt8], guarding keys: StrictJSON.GuardedKeys = .image) {
    self.bytes = bytes
    guarded = Dictionary(keys.keys.map { ($0.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
    free = keys.free
  }

  mutating func scanDocument() throws(JSONScanError) {
    skipSpace()
    try scanValue(depth: 0, isFree: false)
    skipSpace()
    guard position == bytes.count else { throw failure("more than one value") }
  }

  private mutating func scanValue(depth: Int, isFree: Bool) throws(JSONScanError) {
    guard depth < StrictJSON.maximumDepth else { throw failure("nested too deep") }
    switch peek() {
    case UInt8(ascii: "{"): try scanObject(depth: depth, isFree: isFree)
    case UInt8(ascii: "["): try scanArray(depth: depth, isFree: isFree)
    case UInt8(ascii: "\""): _ = try scanString()
    case UInt8(ascii: "t"): try scanWord("true")
    case UInt8(ascii: "f"): try scanWord("false")
    case UInt8(ascii: "n"): try scanWord("null")
    case nil: throw failure("it ends too soon")
    default: try scanNumber()
    }
  }

  private mutating func scanObject(depth: Int, isFree: Bool) throws(JSONScanError) {
    position += 1
    skipSpace()
    if take(UInt8(ascii: "}")) { return }
    var keys: Set<String> = []
    while true {
      skipSpace()
      let start = position
      guard peek() == UInt8(ascii: "\"") else { throw failure("a key is missing") }
      let key = try scanString()
      guard keys.insert(key).inserted else {
        throw JSONScanError(reason: "duplicate key \(key.prefix(80).debugDescription)", offset: start)
      }
      if !isFree, let known = guarded[key.lowercased()], !key.utf8.elementsEqual(known.utf8) {
        // Old image configurations have a `Size` of their own at the top.
        guard key == "Size", depth == 0 else {
          throw JSONScanError(reason: "key \(key.debugDescription) instead of \(known)", offset: start)
        }
      }
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw failure("a colon is missing") }
      skipSpace()
      try scanValue(depth: depth + 1, isFree: isFree || free.contains(key))
      skipSpace()
      if take(UInt8(ascii: ",")) { continue }
      guard take(UInt8(ascii: "}")) else { throw failure("a comma is missing") }
      return
    }
  }

  private mutating func scanArray(depth: Int, isFree: Bool) throws(JSONScanError) {
    position += 1
    skipSpace()
    if take(UInt8(ascii: "]")) { return }
    while true {
      skipSpace()
      try scanValue(depth: depth + 1, isFree: isFree)
      skipSpace()
      if take(UInt8(ascii: ",")) { continue }
      guard take(UInt8(ascii: "]")) else { throw failure("a comma is missing") }
      return
    }
  }

  private mutating func scanString() throws(JSONScanError) -> String {
    let start = position
    position += 1
    var text: [UInt8] = []
    while let byte = peek() {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw JSONScanError(reason: "invalid UTF-8", offset: start)
        }
        return string
      case UInt8(ascii: "\\"): try scanEscape(into: &text)
      case 0..<0x20: throw failure("a control character in a string")
      default: text.append(byte)
      }
    }
    throw failure("it ends too soon")
  }

  private mutating func scanEscape(into text: inout [UInt8]) throws(JSONScanError) {
    guard let byte = peek() else { throw failure("it ends too soon") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "u"):
      var value = try scanHex()
      if (0xd800..<0xdc00).contains(value) {
        guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw failure("a lone surrogate") }
        let low = try scanHex()
        guard (0xdc00..<0xe000).contains(low) else { throw failure("a lone surrogate") }
        value = 0x10000 + (value - 0xd800) << 10 + (low - 0xdc00)
      }
      guard let scalar = Unicode.Scalar(value) else { throw failure("a lone surrogate") }
      text.append(contentsOf: String(Character(scalar)).utf8)
    default: throw failure("an unknown escape")
    }
  }

  private mutating func scanHex() throws(JSONScanError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw failure("an unknown escape")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  private mutating func scanNumber() throws(JSONScanError) {
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try scanDigits() }
    if take(UInt8(ascii: ".")) { try scanDigits() }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try scanDigits()
    }
  }

  private mutating func scanDigits() throws(JSONScanError) {
    let start = position
    while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    guard position > start else { throw failure("an unexpected character") }
  }

  private mutating func scanWord(_ word: StaticString) throws(JSONScanError) {
    for byte in word.description.utf8 {
      guard take(byte) else { throw failure("an unexpected character") }
    }
  }

  private mutating func skipSpace() {
    while let byte = peek(), byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    position += 1
    return true
  }

  private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

  private func failure(_ reason: String) -> JSONScanError { JSONScanError(reason: reason, offset: position) }
}
