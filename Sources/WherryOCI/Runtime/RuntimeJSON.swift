import FoundationEssentials
package import WherryModel

extension RuntimeSpec {
  /// The document as a runtime reads it, with sorted keys, so that equal specs are equal bytes.
  package func json() throws(WherryError) -> [UInt8] {
    try encodeRuntimeDocument(self, "the runtime configuration")
  }

  package init(json: [UInt8]) throws(WherryError) {
    self = try decodeRuntimeDocument(json, "the runtime configuration")
  }
}

extension RuntimeSpec.Process {
  /// The document `exec --process` reads.
  package func json() throws(WherryError) -> [UInt8] {
    try encodeRuntimeDocument(self, "the process description")
  }
}

extension RuntimeSpec.Seccomp {
  /// The same for equal filters.
  package func json() throws(WherryError) -> [UInt8] {
    try encodeRuntimeDocument(self, "the system call filter")
  }
}

extension RuntimeSpec.Resources {
  /// The document `update --resources` reads.
  package func json() throws(WherryError) -> [UInt8] {
    try encodeRuntimeDocument(self, "the limits")
  }
}

private func encodeRuntimeDocument(_ value: some Encodable, _ what: String) throws(WherryError) -> [UInt8] {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  do {
    return [UInt8](try encoder.encode(value))
  } catch {
    throw WherryError(.internal, "cannot write \(what)", cause: error)
  }
}

func decodeRuntimeDocument<Value: Decodable>(_ json: [UInt8], _ what: String) throws(WherryError) -> Value {
  do {
    return try JSONDecoder().decode(Value.self, from: Data(json))
  } catch {
    throw WherryError(.invalidArgument, "cannot read \(what)", cause: error)
  }
}
