import WherryLinux
import WherryModel
import WherryWire

extension Containers {
  /// The containers whose namespaces a new one joins, by ID, so that another name makes no difference. Throws
  /// `notFound`, or `failedPrecondition` where one does not share.
  func resolveJoins(_ spec: ContainerSpec) throws(WherryError) -> [String: String]? {
    guard let joined = spec.joinedNamespaces, !joined.isEmpty else { return nil }
    var resolved: [String: String] = [:]
    for (kind, text) in joined.sorted(by: { $0.key < $1.key }) {
      let flag = "--\(kind) container:\(Printable.text(text))"
      let other: ContainerEntry
      do throws(WherryError) {
        other = try context.table.find(text)
      } catch {
        throw WherryError(error.code, "\(flag): \(error.message)", hint: error.hint)
      }
      if other.record.idRange != nil {
        throw WherryError(
          .failedPrecondition, "\(flag): that container has a user namespace, and shares nothing",
          hint: "create it with --userns host")
      }
      if kind == "ipc" {
        var probe = other.record
        probe.spec = ContainerSpec(image: spec.image)
        probe.spec.joinedNamespaces = ["ipc": other.id.rawValue]
        _ = try context.sharedMemoryOwner(probe)
      }
      resolved[kind] = other.id.rawValue
    }
    return resolved
  }

  /// The users and groups of a new container's user namespace; nil where it has none.
  func reserveIDs(_ id: ContainerID, _ spec: ContainerSpec) async throws -> IdRange? {
    guard case .own(let count) = try UserNamespaceMode(spec.userNamespace) else { return nil }
    let settings = context.settings
    let pool = try await context.pool.run { () throws(WherryError) in
      let (users, groups) = try WherryError.converting { () throws(SystemError) in
        (
          try Files.readIfPresent(settings.subordinateUsersFile) ?? [],
          try Files.readIfPresent(settings.subordinateGroupsFile) ?? []
        )
      }
      return try IDPool(
        users: String(decoding: users, as: UTF8.self), groups: String(decoding: groups, as: UTF8.self))
    }
    return try context.table.reserveIDs(id, count: count, in: pool)
  }
}
