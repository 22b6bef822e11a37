import WherryModel
import WherryWire

/// Refuses what cannot be asked of a network.
package enum NetworkSpecValidation {
  /// The name service keeps its process's number beside the files that are named for the networks.
  package static let nameServiceFile = "aardvark.pid"
  static let knownOptions: Set<String> = [
    "com.docker.network.driver.mtu", "mtu", "parent", "macvlan_mode", "ipvlan_mode",
  ]

  static func validate(_ spec: NetworkSpec) throws(WherryError) {
    let name: ContainerName
    do { name = try ContainerName(spec.name) } catch {
      throw SpecValidation.invalid(
        "invalid network name \(Printable.text(spec.name).debugDescription)", hint: error.hint)
    }
    guard name.rawValue == spec.name, !Networks.predefined.contains(spec.name),
      name.rawValue.utf8.count <= 128
    else {
      throw WherryError(
        .permissionDenied, "operation is not permitted on predefined \(spec.name) network",
        hint: "choose another name")
    }
    guard spec.name != nameServiceFile else {
      throw SpecValidation.invalid(
        "network name \(nameServiceFile) is the name service's own", hint: "choose another name")
    }
    let driver = NetworkDefinition.Driver(rawValue: spec.driver ?? "bridge")
    guard let driver else {
      throw WherryError(
        .notFound, "network driver \(Printable.text(spec.driver ?? "").debugDescription) not found",
        hint: "bridge, macvlan and ipvlan are known")
    }
    let subnets = spec.subnets ?? []
    guard subnets.count <= 2 else {
      throw SpecValidation.invalid("--subnet: at most one IPv4 and one IPv6 subnet")
    }
    let parsed = try subnets.map { text throws(WherryError) in try subnet(text) }
    guard Set(parsed.map(\.prefix.isIPv6)).count == parsed.count else {
      throw SpecValidation.invalid("--subnet: two subnets of one family")
    }
    for (key, value) in spec.options ?? [:] {
      guard knownOptions.contains(key) else {
        throw WherryError(
          .unsupported, "--opt: unknown option \(Printable.text(key).debugDescription)",
          hint: "known are \(knownOptions.sorted().joined(separator: ", "))")
      }
      if key.hasSuffix("mtu") {
        guard let mtu = UInt32(value), (68...65535).contains(mtu) else {
          throw SpecValidation.invalid(
            "--opt \(key): \(Printable.text(value)) is no MTU", hint: "give 68 to 65535")
        }
      }
    }
    if driver != .bridge {
      let parent = spec.options?["parent"] ?? ""
      guard (1...15).contains(parent.utf8.count), !parent.contains("/"),
        !parent.contains(where: \.isWhitespace)
      else {
        throw SpecValidation.invalid(
          "driver \(driver.rawValue) needs the device's interface it sits on", hint: "give --opt parent=eth0")
      }
    }
    let labels = spec.labels ?? [:]
    guard labels.count <= 1024, labels.allSatisfy({ $0.key.utf8.count + $0.value.utf8.count < 65536 }) else {
      throw SpecValidation.invalid("--label: too many, or too long")
    }
  }

  static func subnet(_ subnet: NetworkSubnet) throws(WherryError) -> NetworkDefinition.Subnet {
    let text = Printable.text(subnet.subnet)
    guard let prefix = IPPrefix(subnet.subnet) else {
      throw SpecValidation.invalid("--subnet: \(text) is no block of addresses", hint: "write 10.90.0.0/24")
    }
    guard prefix.length >= (prefix.isIPv6 ? 16 : 8), prefix.base.width - prefix.length >= 2 else {
      throw SpecValidation.invalid(
        "--subnet: \(text) is too large or too small", hint: "give /8 to /30; IPv6 /16 to /126")
    }
    let range = try subnet.range.map { text throws(WherryError) in
      guard let range = IPPrefix(text), prefix.contains(range) else {
        throw SpecValidation.invalid("--ip-range: \(Printable.text(text)) is not inside \(prefix)")
      }
      return range
    }
    guard let wanted = subnet.gateway else {
      guard let gateway = (range ?? prefix).base.adding(1) else {
        throw SpecValidation.invalid("--subnet: \(text)")
      }
      return .init(prefix: prefix, gateway: gateway, range: range)
    }
    guard let gateway = IPAddress(wanted), prefix.isUsable(gateway) else {
      throw SpecValidation.invalid("--gateway: \(Printable.text(wanted)) is not inside \(prefix)")
    }
    return .init(prefix: prefix, gateway: gateway, range: range)
  }
}
