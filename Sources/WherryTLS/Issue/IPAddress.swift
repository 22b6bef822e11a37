import Glibc

/// An address as a certificate holds it: 4 or 16 bytes, RFC 5280 section 4.2.1.6.
enum IPAddress {
  /// Nil where the text is no address.
  static func bytes(_ text: String) -> [UInt8]? {
    for (family, size) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: size)
      if inet_pton(family, text, &bytes) == 1 { return bytes }
    }
    return nil
  }
}
