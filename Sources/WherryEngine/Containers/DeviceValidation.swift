import WherryModel
import WherryOCI
import WherryWire

/// Refuses devices that cannot be given, with the flag and the remedy.
enum DeviceValidation {
  static let maximum = 1024
  /// Seconds.
  static let longestWait: UInt64 = 600

  static func validate(_ spec: ContainerSpec) throws(WherryError) {
    for count in [spec.devices?.count, spec.deviceRules?.count, spec.deviceNames?.count]
    where (count ?? 0) > maximum {
      throw SpecValidation.invalid("--device: more than \(maximum)")
    }
    for device in spec.devices ?? [] {
      for path in [device.path, device.target ?? device.path] {
        guard isPlain(path) else {
          throw SpecValidation.invalid(
            "--device: \(Printable.text(path).debugDescription) is no absolute path of a device",
            hint: "write /dev/ttyUSB0, or /dev/ttyUSB0:/dev/modem:rw")
        }
      }
      let access = device.access ?? "rwm"
      guard (1...3).contains(access.utf8.count), access.allSatisfy({ "rwm".contains($0) }),
        Set(access).count == access.count
      else {
        throw SpecValidation.invalid(
          "--device: invalid access \(Printable.text(access).debugDescription)",
          hint: "give some of r, w and m")
      }
    }
    for text in spec.deviceRules ?? [] { _ = try rule(text) }
    for name in spec.deviceNames ?? [] {
      let parts = name.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let kind = parts.first?.split(separator: "/", omittingEmptySubsequences: false) ?? []
      guard parts.count == 2, kind.count == 2, !kind.contains(""), parts.last != "", name.utf8.count < 256
      else {
        throw SpecValidation.invalid(
          "--device: \(Printable.text(name).debugDescription) is no CDI device",
          hint: "write VENDOR/CLASS=NAME")
      }
    }
    if let wait = spec.deviceWait, wait > longestWait {
      throw SpecValidation.invalid(
        "--device-wait: \(wait) seconds is too long",
        hint: "give at most \(longestWait); with --restart it tries again")
    }
  }

  private static func isPlain(_ path: String) -> Bool {
    path.hasPrefix("/") && path.utf8.count < 4096 && !path.utf8.contains(0) && !path.hasSuffix("/")
      && !path.split(separator: "/").contains { $0 == ".." || $0 == "." }
  }

  /// `c 189:* rmw`, as Docker's --device-cgroup-rule.
  static func rule(_ text: String) throws(WherryError) -> RuntimeSpec.DeviceRule {
    let refused = SpecValidation.invalid(
      "--device-cgroup-rule: invalid rule \(Printable.text(text).debugDescription)",
      hint: "write TYPE MAJOR:MINOR ACCESS, such as 'c 189:* rmw'; TYPE is a, b or c")
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    guard let type = words.first, words.count == 3, ["a", "b", "c"].contains(type), let access = words.last,
      (1...3).contains(access.utf8.count), access.allSatisfy({ "rwm".contains($0) })
    else { throw refused }
    let numbers = words.dropFirst().first?.split(separator: ":", omittingEmptySubsequences: false) ?? []
    guard let first = numbers.first, let second = numbers.last, numbers.count == 2 else { throw refused }
    guard let major = number(first), let minor = number(second) else { throw refused }
    if major == .any, minor != .any {
      throw SpecValidation.invalid(
        "--device-cgroup-rule: a minor without its major cannot be enforced by every supervisor",
        hint: "name the major, or write *:*")
    }
    if type == "a", major != .any || access.count < 3 {
      throw SpecValidation.invalid(
        "--device-cgroup-rule: type a is only for 'a *:* rwm'",
        hint: "write one rule of type c and one of type b")
    }
    return .init(
      allow: true, type: String(type), major: major.value, minor: minor.value, access: String(access))
  }

  private enum Number: Equatable {
    case any
    case one(Int64)

    var value: Int64? {
      if case .one(let number) = self { return number }
      return nil
    }
  }

  private static func number(_ text: Substring) -> Number? {
    if text == "*" { return .any }
    guard let number = Int64(text), (0...1_048_575).contains(number), text.first != "+", text.first != "-"
    else {
      return nil
    }
    return .one(number)
  }
}
