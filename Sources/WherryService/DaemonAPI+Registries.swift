import WherryEngine
import WherryModel
import WherryOCI
package import WherryRPC
package import WherryWire

extension DaemonAPI {
  package func imageTag(_ params: ImageTagParams, context: CallContext) async throws -> ImageTagResult {
    try await serve(context, params.reference) {
      try await engine.images.tag(params.image, as: params.reference)
      return ImageTagResult()
    }
  }

  package func imageHistory(
    _ params: ImageHistoryParams, context: CallContext
  ) async throws -> ImageHistoryResult {
    try await serve(context, params.image) {
      ImageHistoryResult(entries: try await engine.images.history(params.image))
    }
  }

  package func imagePrune(_ params: ImagePruneParams, context: CallContext) async throws -> ImagePruneResult {
    try await serve(context, "images") {
      let pruned = try await engine.images.prune(
        all: params.all ?? false, filters: params.filters ?? [:], dryRun: params.dryRun ?? false)
      return ImagePruneResult(
        untagged: pruned.untagged, deleted: pruned.deleted, reclaimed: pruned.reclaimed,
        partial: pruned.partial)
    }
  }

  package func imagePin(_ params: ImagePinParams, context: CallContext) async throws -> ImagePinResult {
    try await serve(context, params.image) {
      try await engine.images.pin(params.image, params.pinned)
      return ImagePinResult()
    }
  }

  package func imageReferrers(
    _ params: ImageReferrersParams, context: CallContext
  ) async throws -> ImageReferrersResult {
    try await serve(context, params.reference) {
      let found = try await engine.images.referrers(
        params.reference, artifactType: params.artifactType, credential: params.credential)
      return ImageReferrersResult(
        digest: found.digest.description, referrers: found.referrers.map(\.referrer),
        fromTag: found.isFromTag)
    }
  }

  /// The credential is in no audit: only the registry is.
  package func imageLogin(_ params: ImageLoginParams, context: CallContext) async throws -> ImageLoginResult {
    try await serve(context, params.registry) {
      try await engine.images.login(params.registry, credential: params.credential)
      return ImageLoginResult()
    }
  }

  package func registryList(
    _ params: RegistryListParams, context: CallContext
  ) async throws -> RegistryListResult {
    try await serve(context, params.place) {
      let question: RemoteQuestion
      switch params.question {
      case .tags: question = .tags(try Reference(params.place, defaultTag: nil))
      case .search: question = .repositories(registry: params.place, term: params.term ?? "")
      default: throw WherryError(.unsupported, "an unknown question to a registry")
      }
      return RegistryListResult(
        entries: try await engine.images.ask(question, credential: params.credential))
    }
  }
}

extension DaemonAPI {
  package func imagePush(
    _ params: ImagePushParams, output: ItemSink<PullProgress>, context: CallContext
  ) async throws -> ImagePushResult {
    try await serve(context, params.reference) {
      var options = PullOptions(credential: params.credential, rateLimit: params.rateLimit)
      options.chunked = params.chunked ?? false
      let pushed = try await ProgressRelay.run { item in
        try await output.send(item)
      } body: { [options] progress in
        try await engine.images.push(params.reference, options: options, progress: progress)
      }
      return ImagePushResult(
        digest: pushed.digest.description, size: pushed.size, uploaded: pushed.uploaded,
        unchanged: pushed.unchanged)
    }
  }

  package func imageSave(
    _ params: ImageSaveParams, output: ItemSink<ArchiveChunk>, context: CallContext
  ) async throws -> ImageSaveResult {
    try await serve(context, params.images.joined(separator: " ")) {
      try await engine.images.save(params.images) { bytes in try await output.send(ArchiveChunk(data: bytes))
      }
      return ImageSaveResult()
    }
  }

  package func imageLoad(
    _ params: ImageLoadParams, input: ItemSource<ImportChunk>, context: CallContext
  ) async throws -> ImageLoadResult {
    try await serve(context, "an archive") {
      let platform = try params.platform.map { text in try Platform(text) }
      let loaded = try await engine.images.load(ArchiveChunks(source: input), platform: platform)
      return ImageLoadResult(
        loaded: loaded.flatMap { image in
          image.references.isEmpty ? [image.id.description] : image.references.map(\.description)
        })
    }
  }
}

extension Descriptor {
  fileprivate var referrer: Referrer {
    Referrer(
      mediaType: mediaType.rawValue, digest: digest.description, size: size, artifactType: artifactType,
      annotations: annotations.isEmpty ? nil : annotations)
  }
}
