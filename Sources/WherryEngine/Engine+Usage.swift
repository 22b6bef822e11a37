import WherryLinux
import WherryModel
import WherryStore
package import WherryWire

/// What takes room on the device.
package struct DiskUsage: Sendable {
  /// Bytes of all layers, each once.
  package var layersSize: UInt64
  /// `shared` are the bytes of layers that other images have too.
  package var images: [(image: Image, shared: UInt64)]
  /// `size` are the bytes that the container has written over its image.
  package var containers: [(container: ContainerSnapshot, size: UInt64)]
  /// `size` are bytes on disk; nil where they are another file system's.
  package var volumes: [(volume: VolumeDetail, size: UInt64?)] = []
  /// What was set aside, and bytes of what of it has been replaced; nil where there is nothing.
  package var aside: (count: Int, size: UInt64, reclaimable: UInt64)?
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
      layersSize: sizes.values.reduce(0, UInt64.saturatingSum),
      images: images.map { image in
        (
          image,
          Set(image.layers).filter { users[$0] ?? 0 > 1 }.map { sizes[$0] ?? 0 }.reduce(
            0, UInt64.saturatingSum)
        )
      }, containers: [])
    for container in try await containers.list(all: true) {
      let id = try ContainerID(container.record.id)
      let size = try await context.walks.usage {
        // Nil where it was removed meanwhile.
        try TreeSize.ifPresent(store.containers.upper(id))?.allocated
      }
      if let size { usage.containers.append((container, size)) }
    }
    for record in volumes.table.records.sorted(by: { $0.name < $1.name }) {
      usage.volumes.append((volumes.detail(of: record), try await volumes.size(of: record)))
    }
    let aside = try await CleanupSurvey(context: context).facts().aside
    if !aside.isEmpty {
      usage.aside = (
        aside.count, aside.map(\.size).reduce(0, UInt64.saturatingSum),
        aside.filter { $0.isReplaced && !$0.isInUse }.map(\.size).reduce(0, UInt64.saturatingSum)
      )
    }
    return usage
  }
}
