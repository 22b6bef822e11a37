import WherryEngine
import WherryLinux
import WherryModel
import WherryOCI
import WherryStore

/// The daemon's side of `save`: an OCI layout that is a docker-archive too, as Docker writes it since 25. The worker makes
/// the layers' archives.
struct SaveSession: Sendable {
  var fetcher: WorkerFetcher
  var session: WorkerSession
  var layers: AsyncReader
  var sink: @Sendable ([UInt8]) async throws -> Void

  private struct DockerEntry: Encodable {
    var Config: String
    var RepoTags: [String]
    var Layers: [String]
  }

  func run(_ images: [Image]) async throws {
    try await answer()
    var written: [Digest: UInt64] = [:]
    var manifests: [Descriptor] = []
    var entries: [DockerEntry] = []
    for image in images {
      guard let configuration = image.configuration.raw else {
        throw WherryError(.internal, "image \(image.id.short) has no configuration")
      }
      var descriptors: [Descriptor] = []
      for (diffID, layer) in zip(image.configuration.diffIDs, image.layers) {
        if written[diffID] == nil { written[diffID] = try await archive(layer, diffID) }
        descriptors.append(Descriptor(mediaType: .layer, digest: diffID, size: written[diffID] ?? 0))
      }
      let manifest = Manifest(
        configuration: Descriptor(
          mediaType: .configuration, digest: image.id, size: UInt64(configuration.count)), layers: descriptors
      )
      let bytes = try manifest.json()
      let digest = Digest.sha256(of: bytes)
      if written.updateValue(0, forKey: image.id) == nil {
        try await file(Self.blob(image.id), configuration)
      }
      if written.updateValue(0, forKey: digest) == nil { try await file(Self.blob(digest), bytes) }
      for name in image.references.isEmpty ? [nil] : image.references.map(Optional.some) {
        var descriptor = Descriptor(
          mediaType: .manifest, digest: digest, size: UInt64(bytes.count),
          platform: image.configuration.platform)
        if let name {
          descriptor.annotations = [
            "io.containerd.image.name": name.description,
            "org.opencontainers.image.ref.name": name.tag ?? "latest",
          ]
        }
        manifests.append(descriptor)
      }
      entries.append(
        DockerEntry(
          Config: Self.blob(image.id), RepoTags: image.references.map(\.familiar),
          Layers: image.configuration.diffIDs.map(Self.blob)))
    }
    try await file("index.json", try Index(manifests: manifests).json())
    try await file("manifest.json", try StrictJSON.encode(entries))
    try await file("oci-layout", Array("{\"imageLayoutVersion\":\"1.0.0\"}".utf8))
    try await sink(TarWriter.end)
    try await session.send(.finish)
  }

  private static func blob(_ digest: Digest) -> String { "blobs/\(digest.algorithm)/\(digest.hex)" }

  private func file(_ name: String, _ bytes: [UInt8]) async throws {
    try await header(name, Int64(bytes.count))
    var rest = bytes[...]
    while !rest.isEmpty {
      try await sink(Array(rest.prefix(64 << 10)))
      rest = rest.dropFirst(64 << 10)
    }
    try await pad(Int64(bytes.count))
  }

  private func header(_ name: String, _ size: Int64) async throws {
    var member = TarMember(path: Array(name.utf8), kind: .regular, permissions: 0o644)
    member.size = size
    try await sink(TarWriter.header(member))
  }

  private func pad(_ size: Int64) async throws {
    let padding = TarWriter.padding(after: size)
    if padding > 0 { try await sink([UInt8](repeating: 0, count: padding)) }
  }

  /// The size of the layer's archive.
  private func archive(_ layer: Digest, _ diffID: Digest) async throws -> UInt64 {
    let folder = fetcher.store.layers.folder(layer)
    try await session.send(.measure(folder))
    let size = try await unpacked().archiveBytes
    guard let length = Int64(exactly: size) else {
      throw WherryError(.dataLoss, "layer \(diffID.short) is damaged on disk")
    }
    try await header(Self.blob(diffID), length)
    try await session.send(.stream(folder))
    var left = size
    while left > 0 {
      let bytes = try await layers.read(maximum: Int(clamping: min(left, 64 << 10)))
      guard !bytes.isEmpty else { break }
      left -= UInt64(bytes.count)
      try await sink(bytes)
    }
    // A worker that stopped early says why.
    let found = try await unpacked()
    guard left == 0, found.diffID == diffID.description else {
      throw WherryError(
        .dataLoss,
        "layer \(diffID.short) is damaged on disk: its files have other content than they were pulled with",
        hint: "remove the image and pull it again")
    }
    try await pad(length)
    return size
  }

  private func answer() async throws {
    while true {
      switch try await session.next() {
      case .started(let confinement): fetcher.started(confinement)
      case .resolved: return
      case .progress: break
      case .document, .unpacked, .failed, .image, .pushed: throw PullSession.unexpected("something else")
      }
    }
  }

  private func unpacked() async throws -> UnpackedLayer {
    while true {
      switch try await session.next() {
      case .unpacked(let layer): return layer
      case .progress: break
      case .started, .document, .resolved, .failed, .image, .pushed:
        throw PullSession.unexpected("something else than a layer")
      }
    }
  }
}
