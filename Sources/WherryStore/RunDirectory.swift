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

  package func container(_ id: ContainerID) -> String { "\(containers)/\(id)" }
}
