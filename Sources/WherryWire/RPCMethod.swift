package import WherryModel

/// One method of the schema.
package struct RPCMethod: Hashable, Sendable {
  /// Fixed for ever.
  package let number: UInt64
  /// As in the schema: `container-run`.
  package let name: String
  /// What a peer must be at least to call it.
  package let role: Role
  /// Whether the caller may send items.
  package let hasInput: Bool
  /// Whether the callee may.
  package let hasOutput: Bool

  package init(number: UInt64, name: String, role: Role, hasInput: Bool, hasOutput: Bool) {
    self.number = number
    self.name = name
    self.role = role
    self.hasInput = hasInput
    self.hasOutput = hasOutput
  }

  package static func numbered(_ number: UInt64) -> RPCMethod? {
    all.first { $0.number == number }
  }

  package static func named(_ name: String) -> RPCMethod? {
    all.first { $0.name == name }
  }
}
