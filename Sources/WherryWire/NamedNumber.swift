package import WherryCBOR

/// An enumeration of the schema. A number from a newer peer survives decoding and encoding.
package protocol NamedNumber: CBOREnumeration, CustomStringConvertible {
  /// Those this version has a name for.
  static var known: [Self] { get }
}

extension NamedNumber {
  /// From a name in the schema; nil for one it does not have.
  package init?(name: String) {
    guard let value = Self.known.first(where: { $0.description == name }) else { return nil }
    self = value
  }
}
