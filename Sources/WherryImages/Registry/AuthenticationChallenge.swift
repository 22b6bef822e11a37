/// One challenge of a `WWW-Authenticate` header (RFC 9110 section 11.6.1).
struct AuthenticationChallenge: Equatable, Sendable {
  /// Lower case.
  var scheme: String
  /// Names in lower case.
  var parameters: [String: String]

  static let maximumLength = 8192

  /// Reads what it can of the header's values; anything malformed ends the reading of that value.
  static func parse(_ values: [String]) -> [AuthenticationChallenge] {
    values.prefix(8).filter { $0.utf8.count <= maximumLength }.flatMap { value in
      var parser = Parser(bytes: Array(value.utf8)[...])
      return parser.challenges()
    }
  }

  private struct Parser {
    var bytes: ArraySlice<UInt8>

    mutating func challenges() -> [AuthenticationChallenge] {
      var found: [AuthenticationChallenge] = []
      while true {
        skip(" ,\t")
        guard let scheme = token() else { return found }
        var challenge = AuthenticationChallenge(scheme: scheme, parameters: [:])
        while true {
          let before = bytes
          skip(" ,\t")
          guard let name = token() else { break }
          skip(" \t")
          guard bytes.first == UInt8(ascii: "=") else {
            bytes = before
            break
          }
          bytes = bytes.dropFirst()
          skip(" \t")
          guard let value = bytes.first == UInt8(ascii: "\"") ? quoted() : token(orCase: true) else {
            return found
          }
          challenge.parameters[name] = value
        }
        found.append(challenge)
        guard found.count < 8 else { return found }
      }
    }

    private mutating func skip(_ characters: StaticString) {
      let set = Array(characters.description.utf8)
      bytes = bytes.drop { set.contains($0) }
    }

    private mutating func token(orCase keepCase: Bool = false) -> String? {
      let end = bytes.firstIndex { " ,\t=\"".utf8.contains($0) } ?? bytes.endIndex
      guard end > bytes.startIndex else { return nil }
      let text = String(decoding: bytes[..<end], as: UTF8.self)
      bytes = bytes[end...]
      return keepCase ? text : text.lowercased()
    }

    private mutating func quoted() -> String? {
      bytes = bytes.dropFirst()
      var text: [UInt8] = []
      while let byte = bytes.popFirst() {
        switch byte {
        case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
        case UInt8(ascii: "\\"):
          guard let escaped = bytes.popFirst() else { return nil }
          text.append(escaped)
        default: text.append(byte)
        }
      }
      return nil
    }
  }
}
