import WherryLinux
import WherryModel
import WherryStore

/// What takes room on the device.
package struct DiskUsage: Sendable {
  /// Bytes of all layers, each once.
  package var layersSize: UInt64
  /// `shared` are the bytes of layers that other images have too.
  package var images: [(image: Image, shared: UInt64)]
  /// `size` are the bytes that the container has written over its image.
  package var containers: [(container: ContainerSnapshot, size: UInt64)]
}

extension Engine {
  package func diskUsage() async throws -> DiskUsage {
    let (pool, store) = (context.pool, context.store)
    let sizes = Dictionary(
      try await pool.run { () throws(WherryError) in try store.layers.allRecords() }.map { ($0.id, $0.size) },
      uniquingKeysWith: { first, _ in first })
    let images = try await self.images.list()
    var users: [Digest: Int] = [:]
    for image in images { for layer in Set(image.layers) { users[layer, default: 0] += 1 } }
    var usage = DiskUsage(
      layersSize: sizes.values.reduce(0, Self.sum),
      images: images.map { image in
        (image, Set(image.layers).filter { users[$0] ?? 0 > 1 }.map { sizes[$0] ?? 0 }.reduce(0, Self.sum))
      }, containers: [])
    for container in try await containers.list(all: true) {
      let id = try ContainerID(container.record.id)
      let size = try await pool.run { () throws(SystemError) in
        // Nil where it was removed meanwhile.
        try Files.exists(store.containers.upper(id))
          ? try TreeSize(of: store.containers.upper(id)).allocated : nil
      }
      if let size { usage.containers.append((container, size)) }
    }
    return usage
  }

  private static func sum(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
  }
}
