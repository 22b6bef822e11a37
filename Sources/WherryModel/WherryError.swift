/// The error every Wherry module throws across its boundary.
///
/// It says what happened and to which object (`message`), what to do about it (`hint`),
/// and keeps what caused it. `code` is an open set: a code from a newer peer survives.
package struct WherryError: Error, Sendable {
  package struct Code: RawRepresentable, Hashable, Sendable {
    package var rawValue: UInt64

    package init(rawValue: UInt64) {
      self.rawValue = rawValue
    }
  }

  package var code: Code
  /// One line, without a final full stop: `container web: no such container`.
  package var message: String
  /// The remedy, where there is one.
  package var hint: String?
  /// Facts for programs; keys are lower-case words joined by hyphens.
  package var details: [String: String]
  package var cause: (any Error)?

  package init(
    _ code: Code, _ message: String, hint: String? = nil, details: [String: String] = [:],
    cause: (any Error)? = nil
  ) {
    self.code = code
    self.message = message
    self.hint = hint
    self.details = details
    self.cause = cause
  }
}

extension WherryError: CustomStringConvertible {
  package var description: String {
    guard let hint else { return message }
    return "\(message) (\(hint))"
  }
}
