/// `--cpus`: a decimal number of CPUs, kept in billionths.
enum CPUCount {
  static func parse(_ text: String) throws(OptionError) -> UInt64 {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let fraction = parts.count == 2 ? parts[1] : ""
    guard let whole = parts.first, !(whole.isEmpty && fraction.isEmpty),
      (whole + fraction).utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { throw OptionError("failed to parse \(text) as a rational number") }
    guard fraction.count <= 9 else { throw OptionError("value is too precise") }
    let padded = String(whole) + String(fraction) + String(repeating: "0", count: 9 - fraction.count)
    guard let value = UInt64(padded) else { throw OptionError("the number of CPUs is too large") }
    return value
  }
}
