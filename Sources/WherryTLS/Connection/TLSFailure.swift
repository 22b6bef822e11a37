import NIOCore
import NIOSSL
import WherryModel

/// What a TLS library's error means to somebody who has certificates to put right. BoringSSL tells reasons by name.
enum TLSFailure {
  /// Alerts of the other side (RFC 8446 section 6), and what to do about them. `own` is whose certificate they are
  /// about: ours.
  private static let alerts: [(name: String, meaning: String, hint: String)] = [
    (
      "ALERT_UNKNOWN_CA", "it does not know the CA of our certificate",
      "use a certificate of the CA that it trusts"
    ),
    (
      "ALERT_CERTIFICATE_EXPIRED", "our certificate has expired, or is not valid yet by its clock",
      "make a new certificate, and look at the clocks of both sides"
    ),
    (
      "ALERT_CERTIFICATE_REQUIRED", "it wants a certificate and we showed none", "give --tlscert and --tlskey"
    ),
    ("ALERT_CERTIFICATE_REVOKED", "our certificate is revoked", "use another one"),
    ("ALERT_BAD_CERTIFICATE", "it finds our certificate bad", "make a new certificate"),
    (
      "ALERT_UNSUPPORTED_CERTIFICATE", "our certificate is not for this use",
      "a client's certificate must allow client authentication, a device's server authentication"
    ),
    ("ALERT_CERTIFICATE_UNKNOWN", "it does not accept our certificate", "make a new certificate"),
    ("ALERT_PROTOCOL_VERSION", "it does not speak TLS 1.3", "is that a Wherry daemon?"),
    ("ALERT_NO_APPLICATION_PROTOCOL", "it does not speak Wherry's protocol", "is that a Wherry daemon?"),
    ("WRONG_VERSION_NUMBER", "it does not speak TLS", "is that a Wherry daemon?"),
    ("UNSUPPORTED_PROTOCOL", "it does not speak TLS 1.3", "use TLS 1.3"),
    ("NO_SHARED_CIPHER", "there is no cipher that both know", "use TLS 1.3"),
    ("PEER_DID_NOT_RETURN_A_CERTIFICATE", "it showed no certificate", "give it a certificate of the CA"),
  ]

  /// What ended a connection with `peer`. `diagnosis` is asked why its certificate was not accepted.
  static func error(_ error: any Error, peer: String, diagnosis: () -> String?) -> WherryError {
    if let error = error as? WherryError { return error }
    if let error = error as? NIOSSLExtraError, error == .failedToValidateHostname {
      return refused(
        peer, "its certificate is for another host",
        "use the name it was made for, or make one for this name", error)
    }
    let text = "\(error)"
    if text.contains("CERTIFICATE_VERIFY_FAILED") {
      return refused(
        peer, diagnosis() ?? "its certificate is not from the CA that we trust",
        "compare the CA files of both sides", error)
    }
    for alert in alerts where text.contains(alert.name) {
      return refused(peer, alert.meaning, alert.hint, error)
    }
    return WherryError(.unavailable, "the connection with \(peer) failed: \(text.prefix(300))", cause: error)
  }

  private static func refused(_ peer: String, _ meaning: String, _ hint: String, _ cause: any Error)
    -> WherryError
  {
    WherryError(.permissionDenied, "no TLS with \(peer): \(meaning)", hint: hint, cause: cause)
  }
}
