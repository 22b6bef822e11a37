import WherryCBOR
package import WherryEngine
import WherryModel
import WherryOCI
import WherryStore
package import WherryWire

/// Questions to a registry that bring no image.
extension WorkerFetcher {
  package func login(_ registry: String, credential: String) async throws {
    try await ask(.login, registry, credential: credential)
  }

  package func probe(_ registry: String) async throws {
    try await ask(.probe, registry, credential: nil)
  }

  package var configuredRegistries: [String] {
    settings.mirrors.flatMap(\.locations).map { location in
      var place = location[...]
      for scheme in ["http://", "https://"] where place.hasPrefix(scheme) {
        place = place.dropFirst(scheme.count)
      }
      return String(place.prefix { $0 != "/" })
    }
  }

  package func ask(_ question: RemoteQuestion, credential: String?) async throws -> [RegistryEntry] {
    let staging = try await makeStaging("list")
    return try await cleaning(staging) {
      var job: FetchJob
      switch question {
      case .tags(let reference):
        job = try await self.job(.tags, staging)
        job.places = try await places(of: reference, credential: credential)
        job.insecure += try MirrorRule.places(of: reference, settings.mirrors)
          .filter(\.isInsecure).map(\.domain)
      case .repositories(let registry, let term):
        try Self.checkName(registry)
        job = try await self.job(.search, staging)
        job.reference = String(term.prefix(256))
        var known = credential
        if known == nil {
          known = try await AuthFile.credential(for: registry, in: settings.authFile, pool: pool)
        }
        job.places = [FetchJob.Place(domain: registry, repository: "", credential: known)]
      }
      let session = try await WorkerSession.start(executable, job, pool: pool)
      return try await ending(session) {
        var found = RegistryListResult(entries: [])
        while true {
          switch try await session.next() {
          case .started(let confinement): started(confinement)
          case .progress: break
          case .document(_, _, let bytes): found = try RegistryListResult(cbor: bytes)
          case .resolved: return RegistryListing.checked(found.entries, question)
          default: throw WherryError(.protocolViolation, "fetch worker sent something else than a list")
          }
        }
      }
    }
  }

  private static func checkName(_ registry: String) throws(WherryError) {
    guard RegistryURL.authority(registry) != nil else {
      throw WherryError(
        .invalidArgument, "\(RegistryFailure.plain(String(registry.prefix(80)))) is no registry's name",
        hint: "write HOST or HOST:PORT")
    }
  }

  private func ask(_ kind: FetchJob.Kind, _ registry: String, credential: String?) async throws {
    try Self.checkName(registry)
    let staging = try await makeStaging("login")
    try await cleaning(staging) {
      var job = try await job(kind, staging)
      job.places = [FetchJob.Place(domain: registry, repository: "", credential: credential)]
      // A mirror without TLS is asked as pulls ask it. No password goes there.
      let plain = "http://\(registry)"
      let isPlainMirror = settings.mirrors.flatMap(\.locations).contains { location in
        location == plain || location.hasPrefix("\(plain)/")
      }
      if kind == .probe, credential == nil, isPlainMirror { job.insecure.append(registry) }
      let session = try await WorkerSession.start(executable, job, pool: pool)
      try await ending(session) {
        while true {
          switch try await session.next() {
          case .started(let confinement): started(confinement)
          case .resolved: return
          case .progress: break
          case .document, .unpacked, .failed, .image, .pushed:
            throw WherryError(.protocolViolation, "fetch worker sent something else than an answer")
          }
        }
      }
    }
  }
}
