import WherryModel
import WherryWire

/// What containers have written, and what they have with their images, for `ps --size` and `inspect --size`.
struct ContainerSizes {
  private var written: [String: UInt64] = [:]
  private var images: [String: UInt64] = [:]

  init(_ usage: SystemUsageResult) {
    for container in usage.containers { written[container.container.id] = container.size }
    for image in usage.images { images[image.image.id] = image.image.size }
  }

  /// Of a container's own files; 0 for one that came meanwhile.
  func own(_ id: String) -> UInt64 { written[id] ?? 0 }

  /// With its image's, where that is still there.
  func all(_ id: String, image: String) -> UInt64 {
    .saturatingSum(own(id), images[image] ?? 0)
  }

  /// Docker's `SIZE`.
  func text(of container: ContainerSummary) -> String {
    let own = Human.size(own(container.id), digits: 3)
    guard images[container.imageID] != nil else { return own }
    return "\(own) (virtual \(Human.size(all(container.id, image: container.imageID), digits: 3)))"
  }
}
