package import WherryModel
package import WherryWire

/// A network as it is defined: which driver, which addresses.
package struct NetworkDefinition: Sendable, Equatable {
  package enum Driver: String, Sendable {
    /// A bridge of the device's own, behind NAT.
    case bridge
    /// Interfaces with addresses of their own on the wire of the parent.
    case macvlan
    /// As macvlan, with the parent's MAC address.
    case ipvlan
  }

  package struct Subnet: Sendable, Equatable {
    package var prefix: IPPrefix
    package var gateway: IPAddress
    /// Where addresses are taken from; the prefix where nil.
    package var range: IPPrefix?

    package init(prefix: IPPrefix, gateway: IPAddress, range: IPPrefix? = nil) {
      self.prefix = prefix
      self.gateway = gateway
      self.range = range
    }
  }

  /// The network every container is on that asks for no other.
  package static let defaultName = "bridge"

  package var id: String
  package var name: String
  package var driver: Driver
  package var created: Timestamp
  package var subnets: [Subnet]
  package var isInternal: Bool
  package var labels: [String: String]
  package var options: [String: String]

  package init(
    id: String, name: String, driver: Driver = .bridge, created: Timestamp = Timestamp(nanoseconds: 0),
    subnets: [Subnet], isInternal: Bool = false, labels: [String: String] = [:],
    options: [String: String] = [:]
  ) {
    self.id = id
    self.name = name
    self.driver = driver
    self.created = created
    self.subnets = subnets
    self.isInternal = isInternal
    self.labels = labels
    self.options = options
  }

  package var isDefault: Bool { name == Self.defaultName }
  /// Whether names of its containers are told to one another.
  package var hasNames: Bool { driver == .bridge && !isDefault && !isInternal }
  package var isIPv6: Bool { subnets.contains { $0.prefix.isIPv6 } }
  package func subnet(ipv6: Bool) -> Subnet? { subnets.first { $0.prefix.isIPv6 == ipv6 } }

  /// 0 is the device's own default.
  package var mtu: UInt32 {
    (options["com.docker.network.driver.mtu"] ?? options["mtu"]).flatMap { UInt32($0) } ?? 0
  }
  /// The device's interface that macvlan and ipvlan sit on.
  package var parent: String? { options["parent"] }
}

extension NetworkDefinition {
  package init(_ record: NetworkRecord) throws(WherryError) {
    guard let driver = Driver(rawValue: record.driver) else {
      throw WherryError(.dataLoss, "network \(record.name) has an unknown driver")
    }
    var subnets: [Subnet] = []
    for subnet in record.subnets {
      guard let prefix = IPPrefix(subnet.subnet), let gateway = subnet.gateway.flatMap({ IPAddress($0) })
      else {
        throw WherryError(.dataLoss, "network \(record.name) has a subnet that is none")
      }
      subnets.append(Subnet(prefix: prefix, gateway: gateway, range: subnet.range.flatMap { IPPrefix($0) }))
    }
    self.init(
      id: record.id, name: record.name, driver: driver, created: record.created, subnets: subnets,
      isInternal: record.internal ?? false, labels: record.labels ?? [:], options: record.options ?? [:])
  }

  package var record: NetworkRecord {
    NetworkRecord(
      id: id, name: name, driver: driver.rawValue, created: created, subnets: subnets.map(\.wire),
      internal: isInternal ? true : nil, labels: labels.isEmpty ? nil : labels,
      options: options.isEmpty ? nil : options)
  }
}

extension NetworkDefinition.Subnet {
  package var wire: NetworkSubnet {
    NetworkSubnet(subnet: prefix.description, gateway: gateway.description, range: range?.description)
  }
}
