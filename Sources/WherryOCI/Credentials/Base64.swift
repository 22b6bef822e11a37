import FoundationEssentials

/// RFC 4648 section 4.
package enum Base64 {
  package static func encode(_ text: String) -> String {
    encode(Array(text.utf8))
  }

  package static func encode(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString()
  }
}
