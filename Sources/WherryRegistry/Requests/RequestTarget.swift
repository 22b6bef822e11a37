import WherryModel

/// The path and the query of a request's target (RFC 9112 section 3.2), percent-decoded.
struct RequestTarget: Equatable {
  /// Longer ones are refused before they are looked at.
  static let maximumLength = 8192
  static let maximumParameters = 64

  struct Parameter: Equatable {
    var name: String
    var value: String
  }

  var path: String
  var parameters: [Parameter]

  init(_ text: String) throws(RegistryProblem) {
    guard text.utf8.count <= Self.maximumLength else {
      throw RegistryProblem(
        414, .unsupported, "the request target is longer than \(Self.maximumLength) bytes")
    }
    // A proxy's client sends the absolute form.
    var rest = text[...]
    if !rest.hasPrefix("/"), let scheme = rest.firstRange(of: "://") {
      rest = rest[scheme.upperBound...]
      rest = rest.firstIndex(of: "/").map { rest[$0...] } ?? "/"
    }
    let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = try Self.decode(parts.first ?? "/")
    parameters = []
    guard parts.count == 2, let query = parts.last else { return }
    for word in query.split(separator: "&") {
      guard parameters.count < Self.maximumParameters else {
        throw RegistryProblem(414, .unsupported, "more than \(Self.maximumParameters) query parameters")
      }
      let pair = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      parameters.append(
        Parameter(
          name: try Self.decode(pair.first ?? ""), value: try Self.decode(pair.dropFirst().first ?? "")))
    }
  }

  /// The first value of a parameter.
  func value(_ name: String) -> String? {
    parameters.first { $0.name == name }?.value
  }

  func values(_ name: String) -> [String] {
    parameters.filter { $0.name == name }.map(\.value)
  }

  /// A `+` stays one: media types have it, and a blank is in none of our values.
  private static func decode(_ text: some StringProtocol) throws(RegistryProblem) -> String {
    var bytes: [UInt8] = []
    var source = text.utf8.makeIterator()
    while let byte = source.next() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = hex(source.next()), let low = hex(source.next()) else { throw malformed }
      bytes.append(high << 4 | low)
    }
    guard let decoded = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else { throw malformed }
    return decoded
  }

  private static func hex(_ byte: UInt8?) -> UInt8? {
    guard let byte, let value = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
    return UInt8(exactly: value)
  }

  private static var malformed: RegistryProblem {
    RegistryProblem(400, .unsupported, "the request target is not well percent-encoded")
  }

  /// For a value in a query of ours: everything but RFC 3986's unreserved characters encoded.
  static func encode(_ text: String) -> String {
    var encoded = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      default: encoded += "%" + Hex.encode([byte]).uppercased()
      }
    }
    return encoded
  }
}
