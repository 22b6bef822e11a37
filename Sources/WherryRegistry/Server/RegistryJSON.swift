import WherryOCI

/// The documents that a registry writes itself.
enum RegistryJSON {
  private struct Errors: Encodable {
    struct Entry: Encodable {
      var code: String
      var message: String
    }

    var errors: [Entry]
  }

  private struct Tags: Encodable {
    var name: String
    var tags: [String]
  }

  private struct Catalog: Encodable {
    var repositories: [String]
  }

  private struct Referrers: Encodable {
    var schemaVersion = 2
    var mediaType = MediaType.index.rawValue
    var manifests: [Referrer]
  }

  static func errors(_ problem: RegistryProblem) -> [UInt8] {
    let document = Errors(errors: [.init(code: problem.code.rawValue, message: problem.message)])
    // A text that cannot be encoded is left out: the status says enough.
    do { return try StrictJSON.encode(document) } catch { return [] }
  }

  static func tags(_ name: RepositoryName, _ tags: [String]) throws -> [UInt8] {
    try StrictJSON.encode(Tags(name: name.text, tags: tags))
  }

  static func catalog(_ names: [String]) throws -> [UInt8] {
    try StrictJSON.encode(Catalog(repositories: names))
  }

  static func referrers(_ manifests: [Referrer]) throws -> [UInt8] {
    try StrictJSON.encode(Referrers(manifests: manifests))
  }
}
