import WherryModel
import WherryOCI

/// The registries a job may ask, as clients.
enum RegistryPlaces {
  /// Finds out how each of `job`'s places is to be spoken to when it is first needed.
  static func client(
    _ place: FetchJob.Place, _ job: FetchJob, _ http: HTTPAccess, actions: String = "pull",
    mounts: [String] = [], listsAll: Bool = false
  ) async throws -> RegistryClient {
    let rules = try TransportRules(domain: place.domain, insecure: job.insecure)
    let settled = await TransportProbe.settle(rules, http, job.registry)
    return RegistryClient(
      http: http, rules: settled, repository: place.repository, credential: place.credential,
      limits: job.registry, actions: actions, mounts: mounts, listsAll: listsAll)
  }

  /// The image and those who have it, the one that gave the documents first. A mirror that fails, whatever the reason,
  /// is passed over; `onSkip` hears why.
  static func resolve(
    _ reference: Reference, _ platform: Platform, _ job: FetchJob, _ http: HTTPAccess,
    onSkip: @Sendable (String) -> Void
  ) async throws -> (image: ResolvedImage, clients: [RegistryClient]) {
    var rest = job.places[...]
    while let place = rest.popFirst() {
      let client = try await client(place, job, http)
      do {
        var clients = [client]
        for place in rest { clients.append(try await Self.client(place, job, http)) }
        let resolution = ImageResolution(
          client: client, platform: platform,
          signatures: job.signature.map { SignatureSearch(requirement: $0, clients: clients) })
        return (try await resolution.resolve(reference), clients)
      } catch {
        guard !rest.isEmpty else { throw error }
        let reason = RegistryFailure.error(error, peer: place.domain).message
        onSkip("mirror \(place.domain) passed over: \(reason)")
      }
    }
    throw WherryError(.internal, "no registry to ask for \(reference.familiar)")
  }
}
