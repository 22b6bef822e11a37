package import WherryModel
package import WherryTLS

/// A daemon by name.
package struct ConnectionContext: Sendable, Hashable {
  package var name: String
  package var description: String
  package var endpoint: Endpoint
  /// Copies of its own, where it has any.
  package var tls: TLSFiles?

  package init(name: String, description: String, endpoint: Endpoint, tls: TLSFiles?) {
    self.name = name
    self.description = description
    self.endpoint = endpoint
    self.tls = tls
  }

  /// Not a stored one: the local daemon.
  package static let defaultName = "default"

  /// Docker's rule: `[a-zA-Z0-9][a-zA-Z0-9_.+-]+`.
  package static func check(_ name: String) throws(WherryError) {
    let isValid =
      name.utf8.count >= 2 && name.utf8.count <= 128
      && name.utf8.enumerated().allSatisfy { index, byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"): index > 0
        default: false
        }
      }
    guard isValid else {
      throw WherryError(
        .invalidArgument, "context name \(String(name.prefix(130)).debugDescription) is invalid",
        hint: "use letters, digits and _ . + - after the first, 2 to 128 in all")
    }
  }

  /// The file beside the context's certificates.
  struct Record: Codable {
    var name: String
    var description: String
    var host: String
  }
}
