package import WherryEngine
import WherryLinux
import WherryModel
package import WherryOCI
import WherryStore

/// What the settings want of an image before it comes, and what a registry says refers to one.
extension WorkerFetcher {
  private static let settingsFile = "/etc/wherry/daemon.json"
  private static let maximumType = 255

  /// Nil where the policy takes the image as it is. The keys are read each time: a new one counts at once, and one that
  /// is missing keeps the images of its rule out, and no others. Throws `permissionDenied` where the policy rejects it.
  func signatureRequirement(for reference: Reference) async throws -> SignatureRequirement? {
    guard let rule = settings.signatures.rule(for: reference) else { return nil }
    switch rule.verdict {
    case .accept: return nil
    case .reject:
      throw WherryError(
        .permissionDenied,
        "image \(reference.familiar) refused: the signature policy for \(rule.prefix) rejects all",
        hint: "take it from another place, or change \"signatures\" in \(Self.settingsFile)")
    case .require(let paths):
      let keys = try await pool.run { () throws(WherryError) in
        try paths.map { path throws(WherryError) in try Self.key(path, reference) }
      }
      return SignatureRequirement(
        prefix: rule.prefix, repository: try rule.repository(of: reference), tag: reference.tag, keys: keys)
    }
  }

  /// Blocks.
  private static func key(_ path: String, _ reference: Reference) throws(WherryError) -> SignatureKey {
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try Files.read(path, maximum: SignatureKey.maximumFile)
    } catch {
      throw WherryError(
        .failedPrecondition, "image \(reference.familiar): signature key \(path): \(error.reason)",
        hint: "the file is named under \"signatures\" in \(settingsFile)", cause: error)
    }
    return try SignatureKey(pem: bytes, path: path)
  }

  package func referrers(
    of reference: Reference, artifactType: String?, credential: String?
  ) async throws -> ImageReferrers {
    guard artifactType?.utf8.count ?? 0 <= Self.maximumType else {
      throw WherryError(.invalidArgument, "an artifact type has at most \(Self.maximumType) bytes")
    }
    let staging = try await makeStaging("referrers")
    return try await cleaning(staging) {
      var job = try await job(.referrers, staging)
      job.reference = reference.description
      job.artifactType = artifactType ?? ""
      job.places = try await places(of: reference, credential: credential)
      job.insecure += try MirrorRule.places(of: reference, settings.mirrors)
        .filter(\.isInsecure).map(\.domain)
      let session = try await WorkerSession.start(executable, job, pool: pool)
      return try await ending(session) { try await Self.listed(session, reference, started) }
    }
  }

  private static func listed(
    _ session: WorkerSession, _ reference: Reference, _ started: (ConfinementReport) -> Void
  ) async throws -> ImageReferrers {
    var digest: Digest?
    var list: (index: Index, isFromTag: Bool)?
    while true {
      switch try await session.next() {
      case .started(let confinement): started(confinement)
      case .progress: break
      case .document(.named, _, let bytes):
        digest = reference.digest ?? Digest.sha256(of: bytes)
        guard digest?.matches(bytes) == true else {
          throw WherryError(.dataLoss, "\(reference.familiar): the manifest has another digest")
        }
      case .document(let kind, _, let bytes) where kind == .referrers || kind == .taggedReferrers:
        list = (try Index(json: bytes), kind == .taggedReferrers)
      case .resolved:
        guard let digest, let list else { throw PullSession.unexpected("no list of referrers") }
        return ImageReferrers(
          digest: digest, referrers: list.index.manifests, isFromTag: list.isFromTag)
      case .document, .unpacked, .failed, .image, .pushed: throw PullSession.unexpected("something else")
      }
    }
  }
}
