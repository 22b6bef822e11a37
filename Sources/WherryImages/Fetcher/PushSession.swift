import WherryEngine
import WherryModel
import WherryOCI
import WherryStore
import WherryWire

/// The daemon's side of one push: gives the worker the documents and says whether a layer that was packed again is what
/// it must be.
struct PushSession: Sendable {
  var fetcher: WorkerFetcher
  var session: WorkerSession
  var image: Image
  var manifestBytes: [UInt8]
  var progress: @Sendable (PullProgress) -> Void

  func run() async throws -> PushedImage {
    let manifest = try Manifest(json: manifestBytes)
    guard let configuration = image.configuration.raw, manifest.configuration.digest == image.id,
      manifest.layers.count == image.layers.count
    else {
      throw WherryError(.dataLoss, "image \(image.id.short): its manifest is damaged", hint: "pull it again")
    }
    while true {
      switch try await session.next() {
      case .started(let confinement): fetcher.started(confinement)
      case .progress(let number, _, _, let message):
        let layer = try self.layer(number)
        progress(
          PullProgress(
            layer: layer.diffID.description, phase: .downloading,
            message: RegistryFailure.plain(message)))
      case .resolved:
        try await session.send(.give(manifestBytes))
        try await session.send(.give(configuration))
        try await session.send(.upload(image.layers.map { fetcher.store.layers.folder($0) }))
      case .unpacked(let packed):
        let layer = try self.layer(packed.layer)
        guard packed.diffID == layer.diffID.description else {
          throw WherryError(
            .dataLoss,
            "layer \(layer.id.short) is damaged on disk: its files have other content than they were pulled with",
            hint: "remove the image and pull it again")
        }
        try await session.send(.skip(layer: packed.layer))
      case .pushed(let bytes, let uploaded, let unchanged):
        return PushedImage(
          digest: Digest.sha256(of: bytes), size: UInt64(bytes.count), uploaded: uploaded,
          unchanged: unchanged)
      case .document, .failed, .image: throw PullSession.unexpected("something else than a push")
      }
    }
  }

  /// The layer the worker speaks of.
  private func layer(_ number: UInt64) throws(WherryError) -> (id: Digest, diffID: Digest) {
    let pairs = zip(image.layers, image.configuration.diffIDs).map { (id: $0, diffID: $1) }
    guard let index = Int(exactly: number), let found = pairs.dropFirst(index).first else {
      throw PullSession.unexpected("layer \(number)")
    }
    return found
  }
}
