import WherryLinux
package import WherryModel

/// The state directory, open: one daemon at a time.
package final class Store: Sendable {
  package let state: StateDirectory
  package let images: ImageStore
  package let uses: ImageUses
  package let layers: LayerStore
  package let containers: ContainerStore
  package let networks: NetworkStore
  package let volumes: VolumeStore
  package let staging: Staging
  package let partials: PartialBlobs
  let quarantine: Quarantine
  private let lock: DaemonLock

  /// Makes the folders that are missing and takes the lock. Damage that is found, now or later, goes to `report`.
  ///
  /// Throws `conflict` while another daemon has the same state.
  package init(state: StateDirectory, report: @escaping @Sendable (Damage) -> Void) throws(WherryError) {
    self.state = state
    try Self.prepare(state)
    lock = try DaemonLock(state.lock)
    Self.removeTemporaries(of: state)
    quarantine = Quarantine(folder: state.damaged)
    images = ImageStore(state: state, quarantine: quarantine, report: report)
    uses = ImageUses(state: state)
    layers = LayerStore(state: state, quarantine: quarantine, report: report)
    containers = ContainerStore(state: state, quarantine: quarantine, report: report)
    networks = NetworkStore(state: state, quarantine: quarantine, report: report)
    volumes = VolumeStore(state: state, quarantine: quarantine, report: report)
    staging = Staging(state: state)
    partials = PartialBlobs(state: state)
  }

  /// Makes what is missing, durably, and takes from others what they may see (B9): layers hold setuid programs,
  /// containers hold secrets.
  private static func prepare(_ state: StateDirectory) throws(WherryError) {
    try WherryError.converting { () throws(SystemError) in
      for folder in state.all {
        guard let status = try Files.statusIfPresent(folder, following: true) else {
          try Files.makeDirectories(folder)
          try DurableFile.syncFolder(parent(of: folder))
          continue
        }
        guard status.permissions & 0o077 != 0 else { continue }
        do throws(SystemError) {
          try FileDescriptor.open(folder, [.directory]).changeMode(0o700)
        } catch {
          guard error.isReadOnly else { throw error }
        }
      }
    }
  }

  private static func parent(of path: String) -> String {
    let components = path.split(separator: "/").dropLast()
    return "/" + components.joined(separator: "/")
  }

  /// What a power cut left of half-written records. Nobody sees them, so one that stays does no harm.
  private static func removeTemporaries(of state: StateDirectory) {
    removeTemporaries(in: [
      state.blobs, state.imageRecords, state.imageNames, state.imageUses, state.networks,
    ])
    do {
      for folder in [state.containers, state.volumes] {
        removeTemporaries(in: try Files.list(folder).map { "\(folder)/\($0)" })
      }
    } catch {}
  }

  private static func removeTemporaries(in folders: [String]) {
    for folder in folders {
      do {
        for name in try Files.list(folder) where DurableFile.isTemporary(name) {
          try Files.unlink("\(folder)/\(name)")
        }
      } catch { continue }
    }
  }
}
