import NIOSSL
import SwiftASN1
import WherryModel
import WherryRPC
import X509

/// Who a certificate that was verified stands for.
enum RemoteIdentity {
  /// Throws `permissionDenied` where the certificate gives no role.
  static func peer(_ certificate: NIOSSLCertificate, address: String) throws(WherryError) -> Peer {
    let parsed: Certificate
    let names: SubjectAlternativeNames?
    do {
      parsed = try Certificate(derEncoded: try certificate.toDERBytes())
      names = try parsed.extensions.subjectAlternativeNames
    } catch {
      throw WherryError(.permissionDenied, "the certificate cannot be read", cause: error)
    }
    let uris = (names ?? SubjectAlternativeNames()).compactMap { name in
      if case .uniformResourceIdentifier(let uri) = name { uri } else { nil }
    }
    let role = try RoleName.role(in: uris)
    return Peer(role: role, description: "certificate \"\(commonName(parsed))\" from \(address)")
  }

  /// The first common name of the subject; for people, nothing depends on it.
  private static func commonName(_ certificate: Certificate) -> String {
    for part in certificate.subject {
      for attribute in part where attribute.type == .RDNAttributeType.commonName {
        return Printable.text(attribute.value.description)
      }
    }
    return "without a name"
  }
}
