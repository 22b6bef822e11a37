import NIOSSL
import SwiftASN1
import X509

/// The hosts a certificate is for: its subject alternative names and nothing else (RFC 9525 section 6).
struct HostIdentity {
  private var names: [String] = []
  private var addresses: [[UInt8]] = []

  init(_ certificate: NIOSSLCertificate) throws {
    let parsed = try Certificate(derEncoded: try certificate.toDERBytes())
    for name in try parsed.extensions.subjectAlternativeNames ?? SubjectAlternativeNames() {
      switch name {
      case .dnsName(let text): names.append(text)
      case .ipAddress(let octets): addresses.append(Array(octets.bytes))
      default: break
      }
    }
  }

  init(names: [String], addresses: [[UInt8]]) {
    self.names = names
    self.addresses = addresses
  }

  /// An address is compared with addresses, a name with names; a `*` stands for one whole label, the first.
  func covers(_ host: String) -> Bool {
    if let address = IPAddress.bytes(host) { return addresses.contains(address) }
    let wanted = host.lowercased().split(separator: ".", omittingEmptySubsequences: false)
    return names.contains { name in
      let labels = name.lowercased().split(separator: ".", omittingEmptySubsequences: false)
      guard labels.count == wanted.count else { return false }
      if labels.first == "*", labels.count > 2 { return labels.dropFirst().elementsEqual(wanted.dropFirst()) }
      return labels == wanted
    }
  }
}
