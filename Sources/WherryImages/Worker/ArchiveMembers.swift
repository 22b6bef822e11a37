import WherryLinux
import WherryModel
import WherryOCI

import struct Crypto.SHA256

/// The files of an archive of images, kept in a folder under numbers: no name of the archive's is ever a path here.
struct ArchiveMembers {
  private static let maximumMembers = 10_000
  private var files: [String: String] = [:]
  private var links: [String: String] = [:]

  init(_ source: any ByteSource, folder: String, limits: ExtractionLimits) throws {
    let reader = try TarReader(source, what: "archive")
    var total: UInt64 = 0
    var unchecked: UInt64 = 0
    var count = 0
    while let entry = try reader.next() {
      let name = Self.name(entry.path)
      // A name may come again, and is another file then.
      count += 1
      guard count <= Self.maximumMembers else {
        throw WherryError(.resourceExhausted, "the archive has more than \(Self.maximumMembers) members")
      }
      switch entry.kind {
      case .regular:
        let path = "\(folder)/member-\(count)"
        let file = try FileDescriptor.open(path, [.writeOnly, .create, .exclusive], mode: 0o600)
        let number = file.rawValue
        try reader.forEachBlock { bytes, offset in
          total += UInt64(bytes.count)
          unchecked += UInt64(bytes.count)
          guard total <= limits.archiveBytes else {
            throw WherryError(.resourceExhausted, "the archive is larger than \(limits.archiveBytes) bytes")
          }
          if unchecked >= 16 << 20 {
            unchecked = 0
            try Self.checkSpace(folder, limits)
          }
          try LayerExtractor.write(number, bytes, at: offset)
        }
        files[name] = path
      case .symbolicLink(let target):
        // Old archives of Docker name a layer that two images share so.
        links[name] = Self.name(Array("\(name)/../".utf8) + target)
      case .hardLink(let target): links[name] = Self.name(target)
      default: break
      }
    }
  }

  private static func checkSpace(_ folder: String, _ limits: ExtractionLimits) throws(WherryError) {
    let usage = try WherryError.converting("measure \(folder)") { () throws(SystemError) in
      try FileSystemUsage(of: folder)
    }
    guard usage.freeBytes >= limits.reservedBytes else {
      throw WherryError(
        .noSpace, "load: only \(usage.freeBytes >> 20) MiB are free",
        hint: "free space, for example with: wherry image prune -a")
    }
  }

  /// Without `.`, `..` and doubled slashes.
  private static func name(_ path: [UInt8]) -> String {
    var parts: [String] = []
    for part in String(decoding: path.prefix(4096), as: UTF8.self).split(separator: "/") {
      if part == "." { continue }
      if part == ".." { _ = parts.popLast() } else { parts.append(String(part)) }
    }
    return parts.joined(separator: "/")
  }

  private func path(_ name: String) throws(WherryError) -> String {
    let clean = Self.name(Array(name.utf8))
    var current = clean
    for _ in 0..<8 {
      if let file = files[current] { return file }
      guard let next = links[current] else { break }
      current = next
    }
    throw WherryError(
      .protocolViolation, "the archive lacks \(RegistryFailure.plain(String(clean.prefix(200))))")
  }

  private func bytes(_ name: String) throws(WherryError) -> [UInt8] {
    let path = try self.path(name)
    return try WherryError.converting("read \(name)") { () throws(SystemError) in
      try Files.read(path, maximum: 4 << 20)
    }
  }

  private func blob(_ descriptor: Descriptor) -> String {
    "blobs/\(descriptor.digest.algorithm)/\(descriptor.digest.hex)"
  }

  // MARK: - What they say

  func images(for platform: Platform?) throws -> [ArchivedImage] {
    if files["manifest.json"] != nil { return try dockerImages(for: platform) }
    if files["index.json"] != nil { return try layoutImages(for: platform) }
    return []
  }

  private struct DockerEntry: Decodable {
    var Config: String?
    var RepoTags: [String]?
    var Layers: [String]?
  }

  private func dockerImages(for platform: Platform?) throws -> [ArchivedImage] {
    let entries = try StrictJSON.decode(
      [DockerEntry].self, from: try bytes("manifest.json"), what: "manifest.json", guarding: .dockerArchive)
    var images: [ArchivedImage] = []
    for entry in entries.prefix(1024) {
      guard let name = entry.Config, let layers = entry.Layers, layers.count <= Manifest.maximumLayers else {
        throw WherryError(.protocolViolation, "manifest.json of the archive is incomplete")
      }
      let configurationBytes = try bytes(name)
      let configuration = try ImageConfiguration(json: configurationBytes)
      if let platform, !Self.fits(configuration.platform, platform) { continue }
      guard configuration.diffIDs.count == layers.count else {
        throw WherryError(
          .protocolViolation, "an image of the archive has other layers than its configuration")
      }
      var paths: [String] = []
      var descriptors: [Descriptor] = []
      for (layer, diffID) in zip(layers, configuration.diffIDs) {
        let path = try self.path(layer)
        paths.append(path)
        descriptors.append(try Self.describe(path, diffID))
      }
      let manifest = Manifest(
        configuration: Descriptor(
          mediaType: .configuration, digest: try RegistryClient.digest(configurationBytes, as: .sha256),
          size: UInt64(configurationBytes.count)), layers: descriptors)
      images.append(
        ArchivedImage(
          names: entry.RepoTags ?? [], manifest: manifest, manifestBytes: try manifest.json(),
          configuration: configurationBytes, diffIDs: configuration.diffIDs, layers: paths))
    }
    return images
  }

  /// The layer's file as a manifest would describe it.
  private static func describe(_ path: String, _ diffID: Digest) throws -> Descriptor {
    let file = try FileDescriptor.open(path, [.noFollow])
    let size = UInt64(clamping: try file.status().size)
    let magic = try file.read(maximum: 4)
    let isGzip = magic.starts(with: [0x1f, 0x8b])
    guard isGzip || magic == [0x28, 0xb5, 0x2f, 0xfd] else {
      return Descriptor(mediaType: .layer, digest: diffID, size: size)
    }
    var hash = SHA256()
    magic.withUnsafeBytes { hash.update(bufferPointer: $0) }
    while true {
      let part = try file.read(maximum: 128 << 10)
      if part.isEmpty { break }
      part.withUnsafeBytes { hash.update(bufferPointer: $0) }
    }
    return Descriptor(
      mediaType: isGzip ? .layerGzip : .layerZstd,
      digest: try Digest("sha256:\(Hex.encode(Array(hash.finalize())))"), size: size)
  }

  private func layoutImages(for platform: Platform?) throws -> [ArchivedImage] {
    let index = try Index(json: try bytes("index.json"), contentType: nil)
    var images: [ArchivedImage] = []
    for entry in index.manifests {
      let names = Self.names(entry)
      var chosen = entry
      if entry.mediaType.isIndex {
        let inner = try Index(json: try bytes(blob(entry)), contentType: entry.mediaType)
        guard let found = inner.manifest(for: platform ?? .current) else { continue }
        chosen = found
      }
      guard chosen.mediaType.isManifest else { continue }
      let manifestBytes = try bytes(blob(chosen))
      guard try RegistryClient.digest(manifestBytes, as: chosen.digest.algorithm) == chosen.digest else {
        throw WherryError(.dataLoss, "\(chosen.digest) in the archive has other content")
      }
      let manifest = try Manifest(json: manifestBytes, contentType: chosen.mediaType)
      guard manifest.configuration.mediaType.isConfiguration else { continue }
      let configurationBytes = try bytes(blob(manifest.configuration))
      let configuration = try ImageConfiguration(json: configurationBytes)
      if let platform, !Self.fits(configuration.platform, platform) { continue }
      images.append(
        ArchivedImage(
          names: names, manifest: manifest, manifestBytes: manifestBytes, configuration: configurationBytes,
          diffIDs: configuration.diffIDs, layers: try manifest.layers.map { try path(blob($0)) }))
    }
    return images
  }

  private static func names(_ entry: Descriptor) -> [String] {
    for key in ["io.containerd.image.name", "org.opencontainers.image.ref.name"] {
      // A tag alone, as skopeo writes it, names nothing.
      if let name = entry.annotations[key], name.contains(where: { "/:".contains($0) }) { return [name] }
    }
    return []
  }

  private static func fits(_ have: Platform, _ want: Platform) -> Bool {
    let (have, want) = (have.normalized, want.normalized)
    return have.os == want.os && have.architecture == want.architecture
  }
}
