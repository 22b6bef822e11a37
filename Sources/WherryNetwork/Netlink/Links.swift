import Glibc
import WherryEngine
import WherryLinux
import WherryModel

/// Links, addresses and routes, as ip(8) changes them.
extension NetlinkSocket {
  private static var isUp: UInt32 { 1 }

  /// The index of a link; nil where there is none of that name.
  func index(of name: String) throws(SystemError) -> Int32? {
    var message = NetlinkMessage(type: 18, flags: [.acknowledge], fixed: NetlinkMessage.linkHeader())
    message.attribute(3, name)
    do {
      let answers = try ask(message, "look up link \(name)", isDump: false)
      return answers.first.map { NetlinkReader.number($0.payload, 4, Int32.self) }
    } catch {
      if error.errno == ENODEV { return nil }
      throw error
    }
  }

  func makeBridge(_ name: String, mac: MACAddress, mtu: UInt32) throws(SystemError) {
    var message = NetlinkMessage(
      type: 16, flags: [.acknowledge, .create, .exclusive], fixed: NetlinkMessage.linkHeader())
    message.attribute(3, name)
    message.attribute(1, mac.bytes)
    if mtu > 0 { message.attribute(4, mtu) }
    message.nested(18) { $0.attribute(1, "bridge") }
    try request(message, "make bridge \(name)")
  }

  /// One end here, on the bridge; the other at once in the namespace `namespace` is open on.
  func makePair(
    _ name: String, bridge: Int32, peer: String, mac: MACAddress, mtu: UInt32, namespace: Int32
  ) throws(SystemError) {
    var message = NetlinkMessage(
      type: 16, flags: [.acknowledge, .create, .exclusive],
      fixed: NetlinkMessage.linkHeader(flags: Self.isUp, change: Self.isUp))
    message.attribute(3, name)
    message.attribute(10, bridge)
    if mtu > 0 { message.attribute(4, mtu) }
    message.nested(18) { info in
      info.attribute(1, "veth")
      info.nested(2) { data in
        data.nested(1, fixed: NetlinkMessage.linkHeader()) { other in
          other.attribute(3, peer)
          other.attribute(1, mac.bytes)
          if mtu > 0 { other.attribute(4, mtu) }
          other.attribute(28, namespace)
        }
      }
    }
    try request(message, "make link \(name)")
  }

  /// A macvlan or ipvlan on `parent`, at once in the namespace.
  func makeChild(
    _ driver: NetworkDefinition.Driver, parent: Int32, name: String, mac: MACAddress, mtu: UInt32,
    mode: String?,
    namespace: Int32
  ) throws(SystemError) {
    var message = NetlinkMessage(
      type: 16, flags: [.acknowledge, .create, .exclusive], fixed: NetlinkMessage.linkHeader())
    message.attribute(3, name)
    message.attribute(5, parent)
    if driver == .macvlan { message.attribute(1, mac.bytes) }
    if mtu > 0 { message.attribute(4, mtu) }
    message.attribute(28, namespace)
    message.nested(18) { info in
      info.attribute(1, driver.rawValue)
      info.nested(2) { data in
        if driver == .macvlan {
          let modes: [String: UInt32] = ["private": 1, "vepa": 2, "bridge": 4, "passthru": 8]
          data.attribute(1, modes[mode ?? "bridge"] ?? 4)
        } else {
          let modes: [String: UInt16] = ["l2": 0, "l3": 1, "l3s": 2]
          data.attribute(1, modes[mode ?? "l2"] ?? 0)
        }
      }
    }
    try request(message, "make \(driver.rawValue) link")
  }

  func setUp(_ index: Int32) throws(SystemError) {
    try request(
      NetlinkMessage(
        type: 16, flags: [.acknowledge],
        fixed: NetlinkMessage.linkHeader(index: index, flags: Self.isUp, change: Self.isUp)), "set link up")
  }

  /// Lets a bridge send back by a port what came from it. With br_netfilter a packet from a container to a published
  /// port of its own is turned round inside the bridge.
  func allowHairpin(_ index: Int32) throws(SystemError) {
    var message = NetlinkMessage(
      type: 19, flags: [.acknowledge], fixed: NetlinkMessage.linkHeader(family: 7, index: index))
    message.nested(12 | 0x8000) { $0.attribute(4, UInt8(1)) }
    try request(message, "set hairpin mode")
  }

  func deleteLink(_ index: Int32) throws(SystemError) {
    try request(
      NetlinkMessage(type: 17, flags: [.acknowledge], fixed: NetlinkMessage.linkHeader(index: index)),
      "delete link")
  }

  /// Usable at once: nobody is asked whether an IPv6 address is taken.
  func add(_ address: IPAddress, length: Int, to index: Int32) throws(SystemError) {
    var fixed: [UInt8] = [address.family, UInt8(truncatingIfNeeded: length), 2, 0]
    withUnsafeBytes(of: index) { fixed += $0 }
    var message = NetlinkMessage(type: 20, flags: [.acknowledge, .create, .exclusive], fixed: fixed)
    message.attribute(2, address.bytes)
    message.attribute(1, address.bytes)
    if let prefix = IPPrefix(address, length: length), !address.isIPv6, length < 31 {
      message.attribute(4, prefix.last.bytes)
    }
    try ignoring(EEXIST) { () throws(SystemError) in try request(message, "add address \(address)") }
  }

  func addDefaultRoute(via gateway: IPAddress, over index: Int32) throws(SystemError) {
    // Main table, static, everywhere, unicast.
    let fixed: [UInt8] = [gateway.family, 0, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0]
    var message = NetlinkMessage(type: 24, flags: [.acknowledge, .create, .exclusive], fixed: fixed)
    message.attribute(5, gateway.bytes)
    message.attribute(4, index)
    try ignoring(EEXIST) { () throws(SystemError) in try request(message, "add default route via \(gateway)")
    }
  }

  /// Destinations of the main table, and the networks of the device's own addresses.
  func routes() throws(SystemError) -> [IPPrefix] {
    var found: [IPPrefix] = []
    for family: UInt8 in [2, 10] {
      let fixed: [UInt8] = [family, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
      let message = NetlinkMessage(type: 26, flags: [.dump], fixed: fixed)
      for answer in try ask(message, "list routes", isDump: true) where answer.type == 24 {
        let table = NetlinkReader.number(answer.payload, 4, UInt8.self)
        let length = Int(NetlinkReader.number(answer.payload, 1, UInt8.self))
        guard table == 254, length > 0,
          let bytes = NetlinkReader.attributes(answer.payload, skipping: 12)[1],
          let address = IPAddress(bytes: Array(bytes)), let prefix = IPPrefix(address, length: length)
        else { continue }
        found.append(prefix)
      }
    }
    return found
  }

  private func ignoring(_ number: Int32, _ body: () throws(SystemError) -> Void) throws(SystemError) {
    do throws(SystemError) {
      try body()
    } catch {
      if error.errno != number { throw error }
    }
  }
}

extension IPAddress {
  /// AF_INET or AF_INET6.
  var family: UInt8 { isIPv6 ? 10 : 2 }
}
