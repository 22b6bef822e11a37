import FoundationEssentials
import NIOSSL
import SwiftASN1
import WherryModel
import X509

/// Why a certificate was not accepted, as far as it shows by itself. It decides nothing: the library has.
enum CertificateDiagnosis {
  static func text(_ certificate: NIOSSLCertificate, trusted: [NIOSSLCertificate], now: Date = Date())
    -> String?
  {
    do {
      let parsed = try Certificate(derEncoded: try certificate.toDERBytes())
      if parsed.notValidAfter < now { return "its certificate has expired, or our clock is wrong" }
      if parsed.notValidBefore > now { return "its certificate is not valid yet, or our clock is wrong" }
      let authorities = try trusted.map { try Certificate(derEncoded: try $0.toDERBytes()).subject }
      if !authorities.contains(parsed.issuer) {
        return "its certificate is from another CA than the one we trust"
      }
      return nil
    } catch {
      return "its certificate cannot be read"
    }
  }
}
