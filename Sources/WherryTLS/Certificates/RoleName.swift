package import WherryModel

/// How a certificate says what its owner may do: one URI among its subject alternative names (RFC 5280 section
/// 4.2.1.6), `urn:wherry:role:viewer`, `…:operator` or `…:admin`.
package enum RoleName {
  static let prefix = "urn:wherry:role:"

  package static func uri(_ role: Role) -> String { prefix + role.name }

  /// The role of a certificate's URIs. Throws where there is none, more than one, or one that is not known:
  /// who may do what must not depend on which of two is read.
  static func role(in uris: [String]) throws(WherryError) -> Role {
    let roles = uris.filter { $0.lowercased().hasPrefix(prefix) }
    guard let text = roles.first else {
      throw WherryError(
        .permissionDenied, "the certificate carries no role",
        hint: "make one with: wherry daemon cert client --role ROLE")
    }
    guard roles.count == 1 else {
      throw WherryError(.permissionDenied, "the certificate carries several roles")
    }
    guard let role = Role.allCases.first(where: { uri($0) == text }) else {
      throw WherryError(
        .permissionDenied, "the certificate carries the role \(Printable.text(text)), which is not known")
    }
    return role
  }
}
