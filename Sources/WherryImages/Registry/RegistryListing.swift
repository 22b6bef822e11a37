import AsyncHTTPClient
import NIOHTTP1
import WherryEngine
import WherryModel
import WherryOCI
import WherryWire

/// Lists that a registry gives page by page, cut to what anybody looks at.
struct RegistryListing: Sendable {
  static let maximumTags = 10_000
  static let maximumRepositories = 100
  static let maximumPages = 200
  private static let descriptionLength = 1000

  var client: RegistryClient

  private struct Tags: Decodable {
    var tags: [String]?
  }

  private struct Catalog: Decodable {
    var repositories: [String]?
  }

  /// Of docker's first interface, which Docker Hub still has.
  private struct Search: Decodable {
    struct Item: Decodable {
      var name: String?
      var description: String?
      var star_count: Int?
      var is_official: Bool?
    }
    var results: [Item]?
  }

  /// In the registry's order. Throws `resourceExhausted` where there are more than `maximumTags`.
  func tags() async throws -> [RegistryEntry] {
    var found: [RegistryEntry] = []
    try await pages("/v2/\(client.repository)/tags/list", within: "/v2/\(client.repository)/") { bytes in
      let page = try StrictJSON.decode(Tags.self, from: bytes, what: "list of tags").tags ?? []
      guard found.count + page.count <= Self.maximumTags else {
        throw WherryError(
          .resourceExhausted, "\(client.repository) has more than \(Self.maximumTags) tags",
          hint: "name the tags that are wanted")
      }
      found += page.map { RegistryEntry(name: $0) }
      return true
    }
    return found
  }

  /// What the registry's search finds; where it has none, its repositories with `term` in their names.
  func repositories(_ term: String) async throws -> [RegistryEntry] {
    if !term.isEmpty, let found = try await search(term) { return found }
    var found: [RegistryEntry] = []
    try await pages("/v2/_catalog", within: "/v2/_catalog") { bytes in
      let page =
        try StrictJSON.decode(Catalog.self, from: bytes, what: "list of repositories").repositories ?? []
      for name in page where term.isEmpty || name.contains(term) {
        found.append(RegistryEntry(name: name))
        if found.count >= Self.maximumRepositories { return false }
      }
      return true
    }
    return found
  }

  /// Nil where the registry has no search.
  private func search(_ term: String) async throws -> [RegistryEntry]? {
    let url = RegistryURL(origin: client.rules.registry, target: "/v1/search").withQuery([
      (name: "q", value: term), (name: "n", value: "\(Self.maximumRepositories)"),
    ])
    let answer: RegistryClient.Answer
    do {
      answer = try await client.send(.GET, url, expecting: [200])
    } catch let error as WherryError
      where [.notFound, .protocolViolation, .unauthorized].contains(error.code)
    {
      if client.rules.registry.host == Self.hubSearch { throw error }
      return nil
    }
    let bytes = try await client.body(of: answer, maximum: client.limits.documentBytes, what: "search")
    let items: [Search.Item]
    do {
      items = try StrictJSON.decode(Search.self, from: bytes, what: "search").results ?? []
    } catch {
      // A page for people, say.
      return nil
    }
    return items.prefix(Self.maximumRepositories).compactMap { item in
      item.name.map { name in
        RegistryEntry(
          name: name, description: item.description.map { String($0.prefix(Self.descriptionLength)) },
          stars: item.star_count.flatMap { UInt64(exactly: $0) }, official: item.is_official)
      }
    }
  }

  /// Where Docker Hub is searched; its registry has another name.
  static let hubSearch = "index.docker.io"

  /// Until `take` has enough or the list ends.
  private func pages(_ target: String, within prefix: String, _ take: ([UInt8]) throws -> Bool) async throws {
    var url = RegistryURL(origin: client.rules.registry, target: target).withQuery([
      (name: "n", value: "1000")
    ])
    for _ in 0..<Self.maximumPages {
      let answer = try await client.send(.GET, url, expecting: [200])
      let next = try NextPage.target(answer.response.headers, from: answer.url, within: prefix)
      let bytes = try await client.body(of: answer, maximum: client.limits.documentBytes, what: "list")
      guard try take(bytes), let next else { return }
      url = RegistryURL(origin: answer.url.origin, target: next)
    }
    throw WherryError(
      .resourceExhausted,
      "registry \(client.rules.registry.name): its list has more than \(Self.maximumPages) pages"
    )
  }

  /// What a worker says, without what can be no answer.
  static func checked(_ entries: [RegistryEntry], _ question: RemoteQuestion) -> [RegistryEntry] {
    switch question {
    case .tags: Array(entries.lazy.filter { Reference.isTag($0.name) }.prefix(maximumTags))
    case .repositories: Array(entries.lazy.filter { $0.name.utf8.count <= 512 }.prefix(maximumRepositories))
    }
  }
}
