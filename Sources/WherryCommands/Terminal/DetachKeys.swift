/// The keys that leave a session and let the container go on. Recognises them in what is typed; keys that begin the
/// sequence are held back until it is known whether it goes on.
struct DetachKeys: Equatable {
  /// Docker's default.
  static let standard = DetachKeys(sequence: [0x10, 0x11])

  let sequence: [UInt8]
  /// How much of the sequence was typed last.
  private var matched = 0

  private init(sequence: [UInt8]) {
    self.sequence = sequence
  }

  /// `ctrl-p,ctrl-q`: letters, or `ctrl-` with a letter or one of `@ [ \ ] ^ _`, between commas. An empty text is no
  /// keys at all.
  static func parse(_ text: String) throws(OptionError) -> DetachKeys {
    var sequence: [UInt8] = []
    for key in text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let byte = byte(key) else { throw OptionError("invalid detach keys (\(text)) provided") }
      sequence.append(byte)
    }
    return DetachKeys(sequence: sequence)
  }

  private static func byte(_ key: Substring) -> UInt8? {
    let bytes = Array(key.utf8)
    if bytes.count == 1 { return bytes[0] < 0x80 ? bytes[0] : nil }
    guard bytes.count == 6, key.hasPrefix("ctrl-") else { return nil }
    switch bytes[5] {
    case UInt8(ascii: "a")...UInt8(ascii: "z"): return bytes[5] - UInt8(ascii: "a") + 1
    case UInt8(ascii: "@"): return 0
    case UInt8(ascii: "[")...UInt8(ascii: "_"): return bytes[5] - UInt8(ascii: "[") + 27
    default: return nil
    }
  }

  enum Outcome: Equatable {
    /// What is for the container.
    case pass([UInt8])
    /// The sequence is complete; what was typed before it is for the container.
    case detach(after: [UInt8])
  }

  mutating func typed(_ bytes: [UInt8]) -> Outcome {
    guard !sequence.isEmpty else { return .pass(bytes) }
    var passed: [UInt8] = []
    for byte in bytes {
      if byte == sequence[matched] {
        matched += 1
        if matched == sequence.count {
          matched = 0
          return .detach(after: passed)
        }
        continue
      }
      passed += sequence[..<matched]
      matched = 0
      if byte == sequence[0] { matched = 1 } else { passed.append(byte) }
    }
    return .pass(passed)
  }
}
