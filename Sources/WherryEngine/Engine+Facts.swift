package import WherryModel
import WherryStore

extension Engine {
  /// `systemd` or `conmon`.
  package var supervisorName: String { context.supervisor.name }

  /// For what comes and goes.
  package var stagingFolder: String { context.store.state.staging }

  package func rootDirectory(of id: ContainerID) -> String { context.roots.path(id) }

  /// Takes a name off an image, or removes it; asks the supervisor which containers that use it run.
  package func removeImage(_ text: String, force: Bool = false) async throws -> Images.Removed {
    let containers = self.containers
    return try await images.remove(text, force: force) { entry in
      try await containers.snapshot(of: entry).isUp
    }
  }
}
