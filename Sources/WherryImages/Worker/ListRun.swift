import WherryCBOR
import WherryModel
import WherryWire

/// Asks registries what they have, the first that answers.
struct ListRun {
  var job: FetchJob
  var daemon: DaemonChannel

  func run() throws {
    let job = job
    let http = HTTPSettings.access(job)
    let found = try blocking { () -> [RegistryEntry] in
      var rest = job.places[...]
      while var place = rest.popFirst() {
        if job.kind == .search, place.domain == "docker.io" { place.domain = RegistryListing.hubSearch }
        do {
          let client = try await RegistryPlaces.client(place, job, http, listsAll: job.kind == .search)
          let listing = RegistryListing(client: client)
          return job.kind == .tags ? try await listing.tags() : try await listing.repositories(job.reference)
        } catch {
          guard !rest.isEmpty else { throw error }
        }
      }
      throw WherryError(.invalidArgument, "no registry to ask")
    }
    daemon.send(
      .document(.named, contentType: "application/cbor", bytes: RegistryListResult(entries: found).cbor))
    daemon.send(.resolved)
  }
}
