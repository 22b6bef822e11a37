import WherryClient
import WherryLinux
import WherryModel
import WherryOCI
import WherryRPC
import WherryWire

extension ImageBuild {
  /// Gives Buildah the images that the Containerfile begins from, as the device has them. An image that the local device
  /// lacks it pulls first, with its mirrors and rules; for a device elsewhere that would be a way twice over a thin link,
  /// so there Buildah asks the registry itself. True where nothing is left to ask for.
  func bringBases(_ place: BuildContext) async throws -> Bool {
    guard let file = place.file else { return false }
    let bytes = try WherryError.converting("read \(file)") { () throws(SystemError) in
      try Files.read(file, maximum: Buildah.maximumFile)
    }
    let bases = BaseImages(String(decoding: bytes, as: UTF8.self), arguments: request.arguments)
    var complete = bases.isComplete
    for name in bases.references {
      guard let reference = named(name), let image = try await onDevice(reference) else {
        complete = false
        continue
      }
      try await bring(image, as: reference)
    }
    return complete
  }

  /// Nil for what no image is called, and for digests, which an archive does not keep.
  private func named(_ text: String) -> Reference? {
    do {
      let reference = try Reference(text)
      return reference.digest == nil ? reference : nil
    } catch {
      return nil
    }
  }

  private func onDevice(_ reference: Reference) async throws -> ImageDetail? {
    if case .unix = try context.destination().endpoint.transport {
      var params = ImagePullParams(reference: reference.description, platform: request.platform)
      params.policy = request.pull ? .always : .missing
      params.credential = try await ClientCredentials().credential(for: reference.domain)
      let printer = PullPrinter(
        reference: reference.description, console: context.console, style: request.quiet ? .quiet : .implicit)
      do {
        _ = try await ImagePull(client: client, params: params, printer: printer).run(quietly: true)
      } catch let error as WherryError where error.code == .notFound || error.code == .unauthorized {
        // Buildah may know another place for the name, and says what it finds.
        return nil
      }
    } else if request.pull {
      return nil
    }
    do {
      let image = try await client.imageInspect(ImageInspectParams(image: reference.description))
      return fits(image) ? image : nil
    } catch let error as WherryError where error.code == .notFound {
      return nil
    }
  }

  private func fits(_ image: ImageDetail) -> Bool {
    guard let wanted = request.platform else { return true }
    do {
      let platform = try Platform(wanted)
      return platform.os == image.os && platform.architecture == image.architecture
        && (platform.variant == nil || platform.variant == image.variant)
    } catch {
      return false
    }
  }

  private func bring(_ image: ImageDetail, as reference: Reference) async throws {
    let id = image.id.hasPrefix("sha256:") ? String(image.id.dropFirst("sha256:".count)) : image.id
    if try await buildah.answer(["inspect", "--type", "image", "--format", "{{.FromImageID}}", id]) == nil {
      let archive = try NewFile("\(scratch.path)/base.tar")
      defer { archive.discard() }
      let call = try await client.imageSave(ImageSaveParams(images: [reference.description]))
      for try await chunk in call.output { try archive.write(chunk.data) }
      _ = try await call.result()
      try archive.commit()
      guard
        try await buildah.answer(
          ["pull", "--quiet", "docker-archive:\(scratch.path)/base.tar"], timeout: .seconds(6 * 3600)) != nil
      else {
        throw WherryError(
          .failedPrecondition, "Buildah does not take the base image \(reference)",
          hint: "try: wherry save \(reference) | buildah pull docker-archive:/dev/stdin")
      }
      try WherryError.converting("remove base.tar") { () throws(SystemError) in
        _ = try Files.unlink("\(scratch.path)/base.tar")
      }
    }
    // An older image of the name may be in the cache.
    _ = try await buildah.answer(["tag", id, reference.description])
  }
}
