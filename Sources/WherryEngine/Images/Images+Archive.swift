package import WherryModel
import WherryOCI
package import WherryWire

extension Images {
  /// Sends the image that `text` names to the registry of that name.
  package func push(
    _ text: String, options: PullOptions = PullOptions(),
    progress: @escaping @Sendable (PullProgress) -> Void = { _ in }
  ) async throws -> PushedImage {
    let reference = try Reference(text)
    guard reference.digest == nil else {
      throw WherryError(
        .invalidArgument, "push: \(reference.familiar) is a digest, which is no name to push to")
    }
    guard try await find(text)?.references.contains(reference) == true else {
      throw WherryError(
        .notFound, "An image does not exist locally with the tag: \(reference.familiarName)",
        hint: "give the image that name first: wherry tag IMAGE \(reference.familiar)")
    }
    // Its other names say where its layers can be had as they were.
    let image = try await requireWithNames(text)
    let pushed = try await whileFetching {
      try await fetcher.push(image, as: reference, options: options, progress: progress)
    }
    record("push", reference.familiar, name: reference.familiar)
    return pushed
  }

  /// The images as one archive. A name saves that name only; an ID all names of its image.
  package func save(_ texts: [String], to sink: @escaping @Sendable ([UInt8]) async throws -> Void)
    async throws
  {
    guard (1...256).contains(texts.count) else {
      throw WherryError(.invalidArgument, "save: give 1 to 256 images")
    }
    var images: [Image] = []
    for text in texts {
      var image = try await require(text)
      if let reference = Self.tag(text), image.references.contains(reference) {
        image.references = [reference]
      }
      // An image that is asked for by several names is saved once.
      for (index, known) in images.enumerated() where known.id == image.id {
        images.remove(at: index)
        image.references = known.references + image.references.filter { !known.references.contains($0) }
        break
      }
      images.append(image)
    }
    let all = images
    try await whileFetching { try await fetcher.save(all, to: sink) }
    for image in all {
      record("save", image.id.description, name: image.references.first?.familiar ?? image.id.description)
    }
  }

  package func load(
    _ archive: some AsyncSequence<[UInt8], any Error> & Sendable, platform: Platform?
  ) async throws -> [LoadedImage] {
    let loaded = try await whileFetching { try await fetcher.load(archive, platform: platform) }
    for image in loaded {
      record("load", image.id.description, name: image.references.first?.familiar ?? image.id.description)
    }
    return loaded
  }
}
