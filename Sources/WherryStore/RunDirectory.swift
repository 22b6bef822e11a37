package import WherryModel

/// Where the things are that a reboot ends: sockets, bundles, exits. Paths only.
package struct RunDirectory: Sendable, Hashable {
  package let path: String

  package init(_ path: String) {
    self.path = path
  }

  package var socket: String { path + "/wherry.sock" }
  package var containers: String { path + "/containers" }
  /// How containers ended, a file each, written by the hook of the unit or by conmon.
  package var exits: String { path + "/exits" }

  /// How a container was found by its health check.
  package func health(_ id: ContainerID) -> String { "\(path)/health/\(id)" }

  /// What the engine mounts into a container: `hostname`, `hosts`, `resolv.conf`.
  package func files(_ id: ContainerID) -> String { "\(path)/files/\(id)" }
  /// Another container's namespace, bound there for a container to join.
  package func namespace(_ id: ContainerID, _ kind: String) -> String { "\(files(id))/ns/\(kind)" }
  /// The shared memory of a container whose IPC namespace others may join.
  package func sharedMemory(_ id: ContainerID) -> String { files(id) + "/shm" }

  /// Containers that stand still while they are committed.
  package var commits: String { path + "/commits" }
  package func commit(_ id: ContainerID) -> String { "\(commits)/\(id)" }
  /// What is set up for containers' networks, a file each.
  package var networks: String { path + "/networks" }
  package func network(_ id: ContainerID) -> String { "\(networks)/\(id)" }
  /// Pinned network namespaces.
  package var namespaces: String { path + "/netns" }
  package func namespace(_ id: ContainerID) -> String { "\(namespaces)/\(id)" }
  /// Pinned user namespaces, whose networks those are.
  package var userNamespaces: String { path + "/userns" }
  package func userNamespace(_ id: ContainerID) -> String { "\(userNamespaces)/\(id)" }
  /// Who has a volume mounted: a file for each container, so that the next daemon and the next boot know.
  package func volumeUsers(_ name: VolumeName) -> String { "\(volumes)/\(name)" }
  package var volumes: String { path + "/volumes" }

  /// Where parts of volumes are mounted for a container.
  package func subpaths(_ id: ContainerID) -> String { "\(path)/subpaths/\(id)" }

  package func container(_ id: ContainerID) -> String { "\(containers)/\(id)" }
  /// What the hooks of a container's unit say of it in the events.
  package func teller(_ id: ContainerID) -> String { container(id) + "/teller" }
}
