import WherryModel

/// Asks a registry whether it takes a credential, or whether it is there at all.
struct LoginRun {
  var job: FetchJob
  var daemon: DaemonChannel

  func run() throws {
    guard let place = job.places.first else {
      throw WherryError(.invalidArgument, "no registry to ask")
    }
    let job = job
    let http = HTTPSettings.access(job)
    try blocking {
      let client = try await RegistryPlaces.client(place, job, http)
      if job.kind == .login { try await client.checkAccess() } else { try await client.checkPresence() }
    }
    daemon.send(.resolved)
  }
}
