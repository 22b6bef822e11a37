import FoundationEssentials

/// RFC 4648 section 4.
package enum Base64 {
  package static func encode(_ text: String) -> String {
    encode(Array(text.utf8))
  }

  package static func encode(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString()
  }

  /// Nil for anything but one canonical text: no white space, padded.
  package static func decode(_ text: String) -> [UInt8]? {
    guard let data = Data(base64Encoded: text) else { return nil }
    let bytes = Array(data)
    return encode(bytes).utf8.elementsEqual(text.utf8) ? bytes : nil
  }
}
