import WherryLinux
import WherryOCI
import WherrySystemd

/// The device rules of a runtime configuration in systemd's words (systemd.resource-control(5)): with its
/// cgroup manager disabled the runtime sets none.
struct DevicePlan {
  let rules: [RuntimeSpec.DeviceRule]
  let names: DeviceNames

  init(_ rules: [RuntimeSpec.DeviceRule], names: DeviceNames = DeviceNames()) {
    self.rules = rules
    self.names = names
  }

  var properties: [UnitProperty] {
    // The last rule for everything decides whether the others are exceptions.
    let openEnd = rules.lastIndex { ($0.type == nil || $0.type == "a") && $0.major == nil && $0.minor == nil }
    if let openEnd, rules[openEnd].allow { return [UnitProperty("DevicePolicy", .string("auto"))] }
    let exceptions = rules[(openEnd.map { $0 + 1 } ?? 0)...].filter(\.allow)
    return [
      UnitProperty("DevicePolicy", .string("strict")),
      UnitProperty("DeviceAllow", .pairs(exceptions.compactMap(pair))),
    ]
  }

  private func pair(_ rule: RuntimeSpec.DeviceRule) -> UnitProperty.Pair? {
    let access = rule.access ?? "rwm"
    let kind = rule.type == "b" ? "block" : "char"
    switch (rule.major, rule.minor) {
    case (nil, _): return UnitProperty.Pair("\(kind)-*", access)
    case (let major?, let minor?): return UnitProperty.Pair("/dev/\(kind)/\(major):\(minor)", access)
    case (let major?, nil):
      // Whole majors go by name, and `char-pts` knows all of 136 to 143; by number where no driver has it now.
      return UnitProperty.Pair("\(kind)-\(names.name(kind, major) ?? String(major))", access)
    }
  }
}

/// Names of device majors, /proc/devices.
struct DeviceNames: Sendable, Equatable {
  var characters: [Int64: String] = [136: "pts"]
  var blocks: [Int64: String] = [:]

  init() {}

  init(_ text: String) {
    var inBlocks = false
    for line in text.split(separator: "\n") {
      if line.hasPrefix("Block") { inBlocks = true }
      let fields = line.split(separator: " ")
      guard fields.count == 2, let major = Int64(fields[0]) else { continue }
      if inBlocks { blocks[major] = String(fields[1]) } else { characters[major] = String(fields[1]) }
    }
  }

  static func current() throws(SystemError) -> DeviceNames {
    DeviceNames(try Files.readText("/proc/devices", maximum: 64 << 10))
  }

  func name(_ kind: String, _ major: Int64) -> String? {
    kind == "block" ? blocks[major] : characters[major]
  }
}
