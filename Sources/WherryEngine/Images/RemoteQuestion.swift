package import WherryOCI
package import WherryWire

/// What a registry is asked about what it has.
package enum RemoteQuestion: Sendable, Equatable {
  /// The tags of a repository.
  case tags(Reference)
  /// Repositories whose name or description has `term`; all where it is empty.
  case repositories(registry: String, term: String)
}

extension Images {
  /// At most 10,000 tags, or 100 repositories. `credential` is `user:password` in base64, for the registry.
  package func ask(_ question: RemoteQuestion, credential: String?) async throws -> [RegistryEntry] {
    try await fetcher.ask(question, credential: credential)
  }
}
