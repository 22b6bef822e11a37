import WherryLinux
package import WherryModel

/// The state directory, open: one daemon at a time.
package final class Store: Sendable {
  package let state: StateDirectory
  package let images: ImageStore
  package let layers: LayerStore
  package let containers: ContainerStore
  package let staging: Staging
  private let lock: DaemonLock

  /// Makes the folders that are missing and takes the lock. Damage that is found, now or later, goes to `report`.
  ///
  /// Throws `conflict` while another daemon has the same state.
  package init(state: StateDirectory, report: @escaping @Sendable (Damage) -> Void) throws(WherryError) {
    self.state = state
    try WherryError.converting { () throws(SystemError) in
      for folder in state.all { try Files.makeDirectories(folder) }
    }
    lock = try DaemonLock(state.lock)
    let quarantine = Quarantine(folder: state.damaged)
    images = ImageStore(state: state, quarantine: quarantine, report: report)
    layers = LayerStore(state: state, quarantine: quarantine, report: report)
    containers = ContainerStore(state: state, quarantine: quarantine, report: report)
    staging = Staging(state: state)
  }
}
