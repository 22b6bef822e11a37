/// PEM files of one side of a mutual TLS connection.
package struct TLSFiles: Hashable, Sendable {
  /// The CA that the other side's certificate must come from.
  package var ca: String
  /// This side's certificate, then those between it and the CA.
  package var certificate: String
  package var key: String

  package init(ca: String, certificate: String, key: String) {
    self.ca = ca
    self.certificate = certificate
    self.key = key
  }

  /// `ca.pem`, `cert.pem` and `key.pem` of a folder.
  package init(folder: String) {
    self.init(ca: folder + "/ca.pem", certificate: folder + "/cert.pem", key: folder + "/key.pem")
  }
}
