import WherryModel
import WherryOCI

/// Asks a registry, and the mirrors before it, what refers to an image.
struct ReferrersRun {
  var job: FetchJob
  var daemon: DaemonChannel

  func run() throws {
    let (job, http) = (job, HTTPSettings.access(job))
    let reference = try Reference(job.reference)
    for event in try blocking({ try await Self.ask(reference, job, http) }) { daemon.send(event) }
    daemon.send(.resolved)
  }

  private static func ask(
    _ reference: Reference, _ job: FetchJob, _ http: HTTPAccess
  ) async throws -> [WorkerEvent] {
    var rest = job.places[...]
    while let place = rest.popFirst() {
      do {
        return try await ask(reference, try await RegistryPlaces.client(place, job, http), job)
      } catch {
        // The next one may know; of the last one it is told.
        guard !rest.isEmpty else { throw error }
      }
    }
    throw WherryError(.internal, "no registry to ask for \(reference.familiar)")
  }

  private static func ask(
    _ reference: Reference, _ client: RegistryClient, _ job: FetchJob
  ) async throws -> [WorkerEvent] {
    // Fetched in any case: a registry answers with an empty list for what it does not have.
    let named = try await client.manifest(reference)
    let type = job.artifactType.isEmpty ? nil : job.artifactType
    let found = try await client.referrers(of: named.digest, artifactType: type)
    return [
      .document(.named, contentType: named.contentType?.rawValue ?? "", bytes: named.bytes),
      .document(
        found.isFromTag ? .taggedReferrers : .referrers, contentType: MediaType.index.rawValue,
        bytes: try Index(manifests: found.manifests).json()),
    ]
  }
}
