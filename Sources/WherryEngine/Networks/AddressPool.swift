package import WherryModel

/// Chooses subnets and addresses. Pure.
package enum AddressPool {
  /// The default network's, in order of preference.
  package static let defaultSubnets = [
    "10.87.0.0/20", "10.187.0.0/20", "172.31.240.0/20", "192.168.240.0/20",
  ]
  /// User-defined networks' /24 are cut from these.
  package static let pools = [
    "10.87.16.0/20", "10.87.32.0/19", "10.87.64.0/18", "10.87.128.0/17", "172.31.0.0/17",
  ]

  package static func defaultSubnet(avoiding taken: [IPPrefix]) throws(WherryError)
    -> NetworkDefinition.Subnet
  {
    try first(defaultSubnets.compactMap { IPPrefix($0) }, avoiding: taken)
  }

  package static func subnet(avoiding taken: [IPPrefix]) throws(WherryError) -> NetworkDefinition.Subnet {
    let candidates = pools.compactMap { IPPrefix($0) }.lazy.flatMap { pool -> [IPPrefix] in
      (0..<UInt64(1) << UInt64(max(0, 24 - pool.length))).compactMap { index in
        pool.base.adding(index << 8).flatMap { IPPrefix($0, length: 24) }
      }
    }
    return try first(candidates, avoiding: taken)
  }

  private static func first(
    _ candidates: some Sequence<IPPrefix>, avoiding taken: [IPPrefix]
  ) throws(WherryError) -> NetworkDefinition.Subnet {
    for prefix in candidates where !taken.contains(where: { $0.length > 0 && $0.overlaps(prefix) }) {
      guard let gateway = prefix.base.adding(1) else { continue }
      return .init(prefix: prefix, gateway: gateway)
    }
    throw WherryError(
      .resourceExhausted,
      "no subnet is free: networks and the device's routes take all that Wherry chooses from",
      hint: "give one with --subnet, or remove unused networks: wherry network prune")
  }

  /// A /64 of the blocks that anybody may use (RFC 4193), at random.
  package static func uniqueLocal(
    using generator: inout some RandomNumberGenerator
  ) -> NetworkDefinition.Subnet? {
    let random = (0..<7).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    guard let base = IPAddress(bytes: [0xFD] + random + [UInt8](repeating: 0, count: 8)),
      let prefix = IPPrefix(base, length: 64), let gateway = prefix.base.adding(1)
    else { return nil }
    return .init(prefix: prefix, gateway: gateway)
  }

  /// The lowest address that nobody has. Bounded by how many are taken.
  package static func address(
    in subnet: NetworkDefinition.Subnet, network: String, isTaken: (IPAddress) -> Bool
  ) throws(WherryError) -> IPAddress {
    let range = subnet.range ?? subnet.prefix
    var next: IPAddress? = range.base
    var index: UInt64 = 0
    while let address = next, index < range.count, index < 1 << 24 {
      if subnet.prefix.isUsable(address), address != subnet.gateway, !isTaken(address) { return address }
      index += 1
      next = address.adding(1)
    }
    throw WherryError(
      .resourceExhausted, "network \(network): no address of \(range) is free",
      hint: "remove containers that are on it, or make a network with a larger --subnet")
  }
}
