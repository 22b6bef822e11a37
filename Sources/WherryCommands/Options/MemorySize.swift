/// Sizes with a unit of 1024, as go-units' `RAMInBytes`: `64m`, `1.5GiB`, `512`.
enum MemorySize {
  static func parse(_ text: String) throws(OptionError) -> UInt64 {
    let refused = OptionError("invalid size: '\(text)'")
    var rest = text.lowercased()[...]
    if rest.hasSuffix("b") { rest = rest.dropLast() }
    if rest.hasSuffix("i") {
      rest = rest.dropLast()
      guard text.lowercased().hasSuffix("ib"), let unit = rest.last, "kmgtp".contains(unit) else {
        throw refused
      }
    }
    var factor: Double = 1
    if let unit = rest.last, let power = Array("kmgtp").firstIndex(of: unit) {
      for _ in 0...power { factor *= 1024 }
      rest = rest.dropLast()
    }
    if rest.hasSuffix(" ") { rest = rest.dropLast() }
    guard let first = rest.first, first.isASCII, first.isNumber,
      rest.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), let number = Double(rest),
      let bytes = UInt64(exactly: (number * factor).rounded(.towardZero))
    else { throw refused }
    return bytes
  }
}
