import WherryEngine
import WherryModel
import WherryOCI
package import WherryRPC
package import WherryWire

extension DaemonAPI: WherryAPI {
  package func imagePull(
    _ params: ImagePullParams, output: ItemSink<PullProgress>, context: CallContext
  ) async throws -> ImagePullResult {
    try await serve(context, params.reference) {
      let platform = try params.platform.map { text in try Platform(text) }
      if let policy = params.policy, policy != .always,
        let image = try await engine.images.present(params.reference, platform: platform)
      {
        return ImagePullResult(
          id: image.id.description, digest: (image.digests.first?.digest ?? image.id).description,
          reference: params.reference, changed: false)
      }
      if params.policy == .never { _ = try await engine.images.require(params.reference) }
      let options = PullOptions(
        credential: params.credential, rateLimit: params.rateLimit,
        concurrentDownloads: params.concurrentDownloads.map { Int(clamping: $0) })
      let pulled = try await ProgressRelay.run { item in
        try await output.send(item)
      } body: { progress in
        try await engine.images.pull(
          params.reference, platform: platform, options: options, progress: progress)
      }
      return ImagePullResult(
        id: pulled.id.description, digest: pulled.digest.description, reference: pulled.reference.description,
        changed: pulled.changed)
    }
  }

  package func imageImport(
    _ params: ImageImportParams, input: ItemSource<ImportChunk>, context: CallContext
  ) async throws -> ImageImportResult {
    try await serve(context, params.reference ?? "an archive") {
      let id = try await engine.images.importArchive(
        ArchiveChunks(source: input), reference: params.reference, message: params.message,
        changes: params.changes ?? [])
      return ImageImportResult(id: id.description)
    }
  }

  package func imageList(_ params: ImageListParams, context: CallContext) async throws -> ImageListResult {
    try await serve(context, "") {
      let images = try await engine.images.list(filters: params.filters ?? [:])
      return ImageListResult(
        images: images.map { $0.summary(users: engine.images.userCount(of: $0)) })
    }
  }

  package func imageInspect(
    _ params: ImageInspectParams, context: CallContext
  ) async throws -> ImageInspectResult {
    try await serve(context, params.image) { try await engine.images.requireWithNames(params.image).detail }
  }

  package func imageRemove(_ params: ImageRemoveParams, context: CallContext) async throws
    -> ImageRemoveResult
  {
    try await serve(context, params.image) {
      let removed = try await engine.removeImage(params.image, force: params.force ?? false)
      return ImageRemoveResult(untagged: removed.untagged, deleted: removed.deleted)
    }
  }
}

/// The bytes of an archive as they come; reading on grants the client credit.
struct ArchiveChunks: AsyncSequence, Sendable {
  typealias Element = [UInt8]
  typealias Failure = any Error

  let source: ItemSource<ImportChunk>

  struct AsyncIterator: AsyncIteratorProtocol {
    var base: ItemSource<ImportChunk>.AsyncIterator

    mutating func next() async throws -> [UInt8]? { try await base.next()?.data }
  }

  func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: source.makeAsyncIterator()) }
}
