/// Why bytes are not the CBOR that was expected, and where.
package struct CBORError: Error, Equatable, Sendable {
  /// More kinds may come: a `switch` over this needs a `default`.
  package enum Kind: Equatable, Sendable {
    /// The item goes on after the last byte.
    case truncated
    /// No CBOR item begins like this (RFC 8949 appendix F).
    case malformed
    /// Well-formed, but another type of item than the reader asked for.
    case unexpected(CBORKind, wanted: CBORKind)
    /// An integer that does not fit the type it is read into.
    case integerOutOfRange
    /// Text that is not UTF-8.
    case invalidText
    /// Arrays, maps and tags nested deeper than the limit.
    case tooDeep
    /// More items than the limit.
    case tooManyItems
    /// A string longer than the limit.
    case stringTooLong
    /// Not the shortest form, or an indefinite length (RFC 8949 section 4.2).
    case notDeterministic
    /// A map's key that is not greater than the one before it.
    case unsortedKey
    /// A map's key that occurred before.
    case duplicateKey
    /// An array that must not be empty.
    case emptyArray
    /// A map without a key it must have.
    case missingField(String, of: String)
    /// Bytes after the last item.
    case trailingBytes
  }

  package var kind: Kind
  /// Counted from the first byte the reader was given.
  package var offset: Int

  package init(_ kind: Kind, offset: Int) {
    self.kind = kind
    self.offset = offset
  }
}

extension CBORError: CustomStringConvertible {
  package var description: String { "\(reason) at byte \(offset)" }

  private var reason: String {
    switch kind {
    case .truncated: "the data ends inside an item"
    case .malformed: "not CBOR"
    case .unexpected(let found, let wanted): "\(wanted) expected, found \(found)"
    case .integerOutOfRange: "integer out of range"
    case .invalidText: "text is not UTF-8"
    case .tooDeep: "nested too deeply"
    case .tooManyItems: "too many items"
    case .stringTooLong: "string too long"
    case .notDeterministic: "not in deterministic encoding"
    case .unsortedKey: "map keys are not in order"
    case .duplicateKey: "map key occurs twice"
    case .emptyArray: "array must not be empty"
    case .missingField(let field, let type): "\(type) has no \(field)"
    case .trailingBytes: "bytes follow the last item"
    }
  }
}
