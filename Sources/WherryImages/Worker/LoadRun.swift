import Glibc
import WherryLinux
import WherryModel
import WherryOCI

/// Unpacks the archive on descriptor 3, made by `save` of Docker, Podman, skopeo or Wherry, and gives its images one
/// after another as a pull does.
///
/// An archive says at its end what its layers are, so its members are kept in staging until then.
final class LoadRun {
  private let job: FetchJob
  private let daemon: DaemonChannel

  init(job: FetchJob, daemon: DaemonChannel) {
    self.job = job
    self.daemon = daemon
  }

  func run() throws {
    let members = try ArchiveMembers(
      try DecompressingSource(DescriptorSource(3), formats: .all, what: "archive"), folder: job.staging,
      limits: job.extraction)
    let platform = job.platform.isEmpty ? nil : try Platform(job.platform)
    let images = try members.images(for: platform)
    guard !images.isEmpty else {
      throw WherryError(
        .invalidArgument, "the archive holds no image",
        hint: "load takes what save writes; a root filesystem is taken by: wherry import")
    }
    for image in images {
      daemon.send(.image(names: image.names))
      daemon.send(
        .document(.named, contentType: image.manifest.mediaType.rawValue, bytes: image.manifestBytes))
      daemon.send(.document(.configuration, contentType: "", bytes: image.configuration))
      daemon.send(.resolved)
      while try obey(try daemon.next(), image, members) {}
    }
    daemon.send(.image(names: []))
  }

  private func obey(_ command: WorkerCommand, _ image: ArchivedImage, _ members: ArchiveMembers) throws
    -> Bool
  {
    guard case .extract(let layer, let tree, let lowers) = command else {
      if case .finish = command { return false }
      return true
    }
    let position = Int(clamping: layer)
    guard image.layers.indices.contains(position), image.diffIDs.indices.contains(position) else {
      throw WherryError(.invalidArgument, "no layer \(layer)")
    }
    let outcome = try LayerUnpacking(limits: job.extraction, what: "layer \(image.diffIDs[position])").run(
      try FileSource(image.layers[position]), descriptor: image.manifest.layers[position],
      diffID: image.diffIDs[position], tree: tree, lowers: lowers
    ) { _ in }
    daemon.send(.unpacked(UnpackedLayer(layer: layer, outcome)))
    return true
  }
}

/// An image in an archive.
struct ArchivedImage {
  var names: [String]
  var manifest: Manifest
  var manifestBytes: [UInt8]
  var configuration: [UInt8]
  var diffIDs: [Digest]
  /// Files of its layers, lowest first.
  var layers: [String]
}
