/// Where the durable things are (DESIGN, "State"). Paths only; nothing is touched.
package struct StateDirectory: Sendable, Hashable {
  /// Absolute, without a final slash.
  package let path: String

  package init(_ path: String) {
    self.path = path
  }

  package var images: String { path + "/images" }
  /// Manifests and configurations by digest.
  package var blobs: String { images + "/blobs" }
  package var imageRecords: String { images + "/records" }
  package var imageNames: String { images + "/names" }
  /// What clean-up knows of images.
  package var imageUses: String { images + "/uses" }
  package var layers: String { path + "/layers" }
  package var containers: String { path + "/containers" }
  package var networks: String { path + "/networks" }
  package var volumes: String { path + "/volumes" }
  /// Half-done work. May be deleted whenever no daemon runs.
  package var staging: String { path + "/staging" }
  /// What recovery set aside. Nothing here is deleted by Wherry that nothing whole has replaced.
  package var damaged: String { path + "/damaged" }
  package var lock: String { path + "/lock" }

  var all: [String] {
    [
      path, images, blobs, imageRecords, imageNames, imageUses, layers, containers, networks, volumes,
      staging,
      damaged,
    ]
  }
}
