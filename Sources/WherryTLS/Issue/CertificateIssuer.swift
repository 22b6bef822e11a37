import Crypto
import FoundationEssentials
import SwiftASN1
package import WherryModel
import X509

/// Makes the certificates of a small fleet: one CA, and what it signs. Keys are P-256.
package struct CertificateIssuer: Sendable {
  /// Certificate and key in PEM.
  package struct Issued: Sendable {
    package var certificate: String
    package var key: String
  }

  private let certificate: Certificate
  private let key: Certificate.PrivateKey

  /// Reads a CA's own files. Throws where they are no CA's or do not belong together.
  package init(certificate text: String, key keyText: String) throws(WherryError) {
    do {
      certificate = try Certificate(pemEncoded: text)
      key = try Certificate.PrivateKey(pemEncoded: keyText)
    } catch {
      throw WherryError(.invalidArgument, "the CA's certificate or key cannot be read", cause: error)
    }
    guard key.publicKey == certificate.publicKey else {
      throw WherryError(.invalidArgument, "the CA's certificate and key do not belong together")
    }
  }

  /// A new CA that signs itself.
  package static func authority(name: String, days: Int) throws(WherryError) -> Issued {
    let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
    return try make(
      name: name, days: days, key: key, issuer: try subject(name), issuerKey: key, issuerKeyID: nil
    ) { () throws in
      try Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
        Critical(KeyUsage(keyCertSign: true, cRLSign: true))
      }
    }
  }

  /// What a daemon shows: for the names and addresses under which clients reach it.
  package func device(name: String, hosts: [String], days: Int) throws(WherryError) -> Issued {
    let names = hosts.map { host in
      IPAddress.bytes(host).map { GeneralName.ipAddress(ASN1OctetString(contentBytes: $0[...])) }
        ?? .dnsName(host)
    }
    return try issue(name, days, .serverAuth, names)
  }

  /// What a client shows, with what it may do.
  package func client(name: String, role: Role, days: Int) throws(WherryError) -> Issued {
    try issue(name, days, .clientAuth, [.uniformResourceIdentifier(RoleName.uri(role))])
  }

  private func issue(
    _ name: String, _ days: Int, _ usage: ExtendedKeyUsage.Usage, _ names: [GeneralName]
  ) throws(WherryError) -> Issued {
    let identifier = SubjectKeyIdentifier(hash: certificate.publicKey).keyIdentifier
    return try Self.make(
      name: name, days: days, key: Certificate.PrivateKey(P256.Signing.PrivateKey()),
      issuer: certificate.subject,
      issuerKey: key, issuerKeyID: identifier
    ) { () throws in
      try Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        Critical(KeyUsage(digitalSignature: true))
        try ExtendedKeyUsage([usage])
        SubjectAlternativeNames(names)
      }
    }
  }

  private static func subject(_ name: String) throws(WherryError) -> DistinguishedName {
    do {
      return try DistinguishedName { CommonName(name) }
    } catch {
      throw WherryError(
        .invalidArgument, "\(name.debugDescription) cannot be a certificate's name", cause: error)
    }
  }

  private static func make(
    name: String, days: Int, key: Certificate.PrivateKey, issuer: DistinguishedName,
    issuerKey: Certificate.PrivateKey, issuerKeyID: ArraySlice<UInt8>?,
    extensions: () throws -> Certificate.Extensions
  ) throws(WherryError) -> Issued {
    let subject = try subject(name)
    do {
      var all = try extensions()
      try all.append(Certificate.Extension(SubjectKeyIdentifier(hash: key.publicKey), critical: false))
      if let issuerKeyID {
        try all.append(
          Certificate.Extension(AuthorityKeyIdentifier(keyIdentifier: issuerKeyID), critical: false))
      }
      // A device's clock may be a little behind.
      let start = Date().addingTimeInterval(-3600)
      let certificate = try Certificate(
        version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey,
        notValidBefore: start, notValidAfter: start.addingTimeInterval(Double(days) * 86_400), issuer: issuer,
        subject: subject, extensions: all, issuerPrivateKey: issuerKey)
      return Issued(
        certificate: try certificate.serializeAsPEM().pemString + "\n",
        key: try key.serializeAsPEM().pemString + "\n")
    } catch {
      throw WherryError(.internal, "the certificate of \(name) could not be made: \(error)", cause: error)
    }
  }
}
