import WherryLinux
import WherryModel
import WherryStore
package import WherryWire

extension Containers {
  /// What the container has changed of its image's files.
  package func changes(_ reference: String) async throws -> [PathChange] {
    let entry = try context.table.find(reference)
    let record = entry.record
    let store = context.store
    return try await context.walks.changes {
      let layers = try record.layers.map { text in store.layers.tree(try Digest(text)) }
      let points = Self.mountPoints(of: record)
      return try WherryError.converting("changes of container \(record.name)") { () throws(SystemError) in
        try UpperChanges.list(upper: store.containers.upper(entry.id), layers: layers, mountPoints: points)
      }
    }
  }

  /// What engine and runtime make in the root themselves; Docker keeps that in a layer below.
  static func mountPoints(of record: ContainerRecord) -> Set<String> {
    var points = DefaultMounts.points
    for mount in record.spec.mounts ?? [] { points.insert(ContainerPath.clean(mount.target)) }
    if !record.workingDirectory.isEmpty { points.insert(ContainerPath.clean(record.workingDirectory)) }
    return points
  }
}
