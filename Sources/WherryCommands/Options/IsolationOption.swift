import WherryModel
import WherryWire

/// The flags about namespaces and limits of processes.
enum IsolationOption {
  /// `NAME=SOFT[:HARD]`; -1 is no limit, as Docker has it.
  static func ulimit(_ text: String) throws(OptionError) -> Ulimit {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else { throw OptionError("invalid ulimit argument: \(text)") }
    let values = parts[1].split(separator: ":", omittingEmptySubsequences: false)
    guard let first = values.first, values.count <= 2, let soft = limit(first) else {
      throw OptionError("invalid ulimit argument: \(text)")
    }
    let second = values.dropFirst().first
    guard let hard = second.map({ limit($0) }) ?? soft else {
      throw OptionError("invalid ulimit argument: \(text)")
    }
    guard soft <= hard else {
      throw OptionError("ulimit soft limit must be less than or equal to hard limit: \(soft) > \(hard)")
    }
    return Ulimit(name: String(parts[0]), soft: soft, hard: hard)
  }

  private static func limit(_ text: Substring) -> UInt64? { text == "-1" ? .max : UInt64(text) }

  /// `NAME=VALUE`
  static func sysctls(_ texts: [String]) throws(OptionError) -> [String: String]? {
    var result: [String: String] = [:]
    for text in texts {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty else { throw OptionError("\(text) is not NAME=VALUE") }
      result[String(parts[0])] = String(parts[1])
    }
    return result.isEmpty ? nil : result
  }

  /// The namespaces that are to be the device's. `mode` is what the flag says.
  static func isHost(_ mode: String?, also: [String] = []) throws(OptionError) -> Bool {
    guard let mode, !mode.isEmpty, !also.contains(mode) else { return false }
    guard mode == "host" else { throw OptionError("only 'host' is known here") }
    return true
  }

  /// `--memory-swap`: -1 is no limit.
  static func swap(_ text: String) throws(OptionError) -> UInt64 {
    text == "-1" ? .max : try MemorySize.parse(text)
  }

  static func number(_ text: String) throws(OptionError) -> UInt64 {
    guard let number = UInt64(text) else {
      throw OptionError("strconv.ParseInt: parsing \(GoQuote.quote(text)): invalid syntax")
    }
    return number
  }

  static func signed(_ text: String) throws(OptionError) -> Int64 {
    guard let number = Int64(text) else {
      throw OptionError("strconv.ParseInt: parsing \(GoQuote.quote(text)): invalid syntax")
    }
    return number
  }
}
