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

  /// Whose a namespace is to be.
  enum Sharing: Equatable {
    case own
    case host
    case container(String)
    /// One of `modes`.
    case mode(String)
  }

  /// `host`, `container:NAME` where containers share it, one of `modes`, or nothing.
  static func sharing(
    _ flag: String, _ text: String?, modes: [String] = [], joins: Bool = true
  ) throws(OptionError) -> Sharing {
    guard let text, !text.isEmpty else { return .own }
    if text == "host" { return .host }
    if modes.contains(text) { return .mode(text) }
    if joins, text.hasPrefix("container:"), text != "container:" {
      return .container(String(text.dropFirst(10)))
    }
    let known = ["host"] + (joins ? ["container:NAME"] : []) + modes
    throw OptionError("invalid \(flag.uppercased()) mode: one of \(known.joined(separator: ", "))")
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
