import FoundationEssentials
package import WherryModel

/// JSON from outside: validated first by a scanner of ours, then decoded by FoundationEssentials.
///
/// The scan refuses what parsers disagree about, so that nobody else can see another image in the same
/// bytes: duplicate keys, keys that differ from a known one in case only, invalid UTF-8.
package enum StrictJSON {
  /// Keys of which a spelling in another case is refused: Go's decoder, which the others use, would take it.
  package enum GuardedKeys: Sendable {
    /// Of image documents.
    case image
    /// Of the manifest.json in an archive that `docker save` writes, whose keys are of another case.
    case dockerArchive
    /// Of what a signature signs.
    case signature

    var keys: [String] {
      switch self {
      case .image:
        [
          "schemaVersion", "mediaType", "config", "layers", "manifests", "fsLayers", "digest", "size",
          "platform", "rootfs", "diff_ids",
        ]
      case .dockerArchive: ["Config", "RepoTags", "Layers"]
      case .signature:
        ["critical", "optional", "identity", "image", "type", "docker-reference", "docker-manifest-digest"]
      }
    }

    /// Objects whose keys are free text.
    var free: Set<String> {
      switch self {
      case .image, .dockerArchive:
        ["Labels", "annotations", "Volumes", "ExposedPorts", "ContainerConfig", "container_config"]
      case .signature: ["optional"]
      }
    }
  }

  package static let maximumSize = 4 << 20
  package static let maximumDepth = 32

  /// Throws `protocolViolation` when `bytes` are not one strict JSON text. `what` names the document.
  package static func validate(
    _ bytes: [UInt8], what: String, guarding keys: GuardedKeys = .image, maximumSize: Int = Self.maximumSize
  ) throws(WherryError) {
    guard bytes.count <= maximumSize else {
      throw WherryError(.resourceExhausted, "\(what) of \(bytes.count) bytes is larger than \(maximumSize)")
    }
    do {
      var scanner = JSONScanner(bytes, guarding: keys)
      try scanner.scanDocument()
    } catch {
      throw .document("\(what) is not acceptable JSON: \(error.reason) at byte \(error.offset)")
    }
  }

  package static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: [UInt8], what: String, guarding keys: GuardedKeys = .image,
    maximumSize: Int = Self.maximumSize
  ) throws(WherryError) -> Value {
    try validate(bytes, what: what, guarding: keys, maximumSize: maximumSize)
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch let error as WherryError {
      // The type itself refused a value, and says why better.
      throw error
    } catch {
      throw WherryError(
        .protocolViolation, "\(what) is not of the expected form: \(describe(error))", cause: error)
    }
  }

  /// Deterministic: keys sorted, no white space.
  package static func encode(_ value: some Encodable) throws(WherryError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return Array(try encoder.encode(value))
    } catch {
      throw WherryError(.internal, "encode JSON: \(error)", cause: error)
    }
  }

  private static func describe(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    let context: DecodingError.Context
    switch error {
    case .typeMismatch(_, let found), .valueNotFound(_, let found), .keyNotFound(_, let found),
      .dataCorrupted(let found):
      context = found
    @unknown default: return "unreadable"
    }
    let path = context.codingPath.map(\.stringValue).joined(separator: ".")
    return path.isEmpty ? "unexpected type" : "at \(String(path.prefix(200)))"
  }
}
