package import WherryModel
package import WherryWire

extension LogPlan {
  private static let everywhere: Set<String> = ["tag", "labels", "env"]
  private static let maximumOption = 4096

  /// Throws, naming the option, where the supervisor cannot do what is asked for.
  package static func validate(_ config: LogConfig?, supervisor: String) throws(WherryError) {
    guard let config else { return }
    let isSystemd = supervisor == "systemd"
    let drivers = isSystemd ? ["journald", "none"] : ["k8s-file", "json-file", "local", "none"]
    let driver = Self.driver(config, supervisor: supervisor)
    guard drivers.contains(driver) else {
      throw WherryError(
        .unsupported,
        "--log-driver: \(Printable.text(driver)) is not there under the supervisor \(supervisor)",
        hint: "one of \(drivers.joined(separator: ", "))")
    }
    let own: Set<String> =
      isSystemd ? ["rate-limit-interval", "rate-limit-burst"] : ["max-size", "max-file"]
    for (name, value) in (config.options ?? [:]).sorted(by: { $0.key < $1.key }) {
      if driver == "none" {
        throw SpecValidation.invalid("--log-opt \(Printable.text(name)): the log driver none has no options")
      }
      guard everywhere.contains(name) || own.contains(name) else {
        throw WherryError(
          .unsupported, "--log-opt: \(Printable.text(name)) is not there with the log driver \(driver)",
          hint: hint(name, isSystemd) ?? "one of \(everywhere.union(own).sorted().joined(separator: ", "))")
      }
      guard value.utf8.count <= maximumOption, !value.utf8.contains(where: { $0 < 0x20 }) else {
        throw SpecValidation.invalid("--log-opt \(name): too long, or a control character in it")
      }
      switch name {
      case "rate-limit-interval": _ = try interval(value)
      case "rate-limit-burst": _ = try burst(value)
      case "max-size": _ = try size(value)
      case "max-file" where value != "1":
        throw WherryError(
          .unsupported, "--log-opt max-file: \(Printable.text(value)): conmon keeps one file",
          hint: "leave it out: beyond max-size the file begins anew")
      case "tag": try LogTag.validate(value)
      default: break
      }
    }
  }

  private static func hint(_ name: String, _ isSystemd: Bool) -> String? {
    switch name {
    case "max-size" where isSystemd, "max-file" where isSystemd:
      "the journal is bounded as a whole: SystemMaxUse= in journald.conf; rate-limit-burst bounds one container"
    case "rate-limit-interval", "rate-limit-burst": "conmon has no such limit; max-size bounds the file"
    default: nil
    }
  }

  static func interval(_ text: String) throws(WherryError) -> UInt64 {
    guard let nanoseconds = GoDuration.nanoseconds(text), nanoseconds >= 0 else {
      throw SpecValidation.invalid(
        "--log-opt rate-limit-interval: \(Printable.text(text)) is no duration",
        hint: "write 30s; 0 is no limit")
    }
    return UInt64(nanoseconds) / 1000
  }

  static func burst(_ text: String) throws(WherryError) -> UInt32 {
    guard let number = UInt32(text) else {
      throw SpecValidation.invalid(
        "--log-opt rate-limit-burst: \(Printable.text(text)) is no number", hint: "write 1000; 0 is no limit")
    }
    return number
  }

  /// As Docker's: k, m and g are powers of 1000.
  static func size(_ text: String) throws(WherryError) -> UInt64 {
    var digits = text.lowercased()[...]
    if digits.last == "b" { digits.removeLast() }
    var factor: UInt64 = 1
    switch digits.last {
    case "k": factor = 1000
    case "m": factor = 1_000_000
    case "g": factor = 1_000_000_000
    default: break
    }
    if factor > 1 { digits.removeLast() }
    guard let number = UInt64(digits),
      case let (bytes, overflow) = number.multipliedReportingOverflow(by: factor),
      !overflow, (16_384...UInt64(Int64.max)).contains(bytes)
    else {
      throw SpecValidation.invalid(
        "--log-opt max-size: \(Printable.text(text)) is no size of 16 KiB or more", hint: "write 10m")
    }
    return bytes
  }
}
