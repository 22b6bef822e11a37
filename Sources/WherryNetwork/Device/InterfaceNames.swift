package import WherryEngine
package import WherryModel

/// What the engine's things are called on the device; each follows from IDs alone. An interface's name has at most
/// 15 bytes.
package struct InterfaceNames: Sendable, Equatable {
  /// Of the nftables table.
  package let table: String
  private let suffix: String

  /// The engine with the usual run directory has the plain names; a second one on the same device has its own.
  package init(runDirectory: String) {
    var hash: UInt32 = 2_166_136_261
    for byte in runDirectory.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    let digits = String(hash & 0xFFFFF, radix: 16)
    suffix = runDirectory == "/run/wherry" ? "" : String(repeating: "0", count: 5 - digits.count) + digits
    table = suffix.isEmpty ? "wherry" : "wherry-\(suffix)"
  }

  package func bridge(_ network: NetworkDefinition) -> String {
    if network.isDefault { return suffix.isEmpty ? "wherry0" : "wherry-\(suffix)" }
    return "wh-\(network.id.prefix(12))"
  }

  /// The device's end of a container's link.
  package func link(_ id: ContainerID, _ network: NetworkDefinition) -> String {
    "wv\(id.rawValue.prefix(7))\(network.id.prefix(6))"
  }
}
